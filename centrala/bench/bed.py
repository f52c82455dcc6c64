"""One Asterisk with every engine behind it: what a round is run on. Owns the start of them, not what is measured."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.installation import AsteriskInstallation, find_asterisk
from asterisk_conf.process import AsteriskProcessError, AsteriskProgram
from asterisk_conf.write import write_configuration, write_if_changed
from centrala.accounts import make_first_accounts
from centrala.asterisk_inputs import asterisk_inputs
from centrala.bench import contexts
from centrala.bench.codec_server import TOKEN_VARIABLE
from centrala.bench.menu import SIGNALLING
from centrala.bench.place import Place, free_ports, make_place
from centrala.bench.programs import Programs
from centrala.databases import open_databases
from centrala.errors import CommandFailed
from centrala.layout import Layout
from centrala.secrets_file import Secrets, load_secrets
from centrala.settings import split_host_port
from centrala.town_files import read_town

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to serve the menu: how it is dialled, and the processes besides Asterisk that do it."""

    letter: str
    name: str
    extension: str
    processes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bed:
    """What is running. `engines` by letter; `asterisk` is its process id."""

    place: Place
    secrets: Secrets
    version: str
    asterisk: int
    program: AsteriskProgram
    engines: dict[str, Engine]

    @property
    def sip_port(self) -> int:
        """Where the caller calls."""
        return split_host_port(self.place.settings.sip.bind)[1]

    @contextlib.contextmanager
    def bare_broadcast(self) -> Iterator[str]:
        """Run the bare broadcast loop beside everything; yield its address."""
        (port,) = free_ports(1)
        with Programs(self.place.logs) as programs:
            programs.start("broadcast", [sys.executable, str(_HERE / "peers" / "broadcast.py"), str(port)])
            programs.wait_for_port("broadcast", port)
            yield f"http://127.0.0.1:{port}"


ALL = "abcdef"


@contextlib.contextmanager
def running_bed(home: Path, runtime: Path, letters: str = ALL) -> Iterator[Bed]:
    """Start Asterisk and the engines of `letters`, end everything at the end. Raises CommandFailed.

    `home`: an empty folder with a short path; `runtime`: the home folder that has the private Asterisk.
    """
    installation = find_asterisk(runtime)
    if installation is None:
        raise CommandFailed("there is no Asterisk here: ./run sets one up")
    if (runtime / "runtime").is_dir():  # the private copies: espeak-ng is one of them
        (home / "runtime").symlink_to((runtime / "runtime").resolve())
    place = make_place(home, 4)
    place.make_sounds(SIGNALLING)
    Layout.of(place.settings).make()
    secrets = load_secrets(home)
    with Programs(place.logs) as programs:
        program, asterisk = _start_asterisk(place, secrets, installation, programs)
        engines = _start_engines(place, secrets, programs, letters)
        yield Bed(place, secrets, installation.label, asterisk, program, engines)


def _start_asterisk(
    place: Place, secrets: Secrets, installation: AsteriskInstallation, programs: Programs
) -> tuple[AsteriskProgram, int]:
    town = read_town(place.settings.municipality).town
    inputs = asterisk_inputs(place.settings, secrets, town, installation)
    write_configuration(inputs)
    etc = inputs.directories.etc
    text = contexts.bench_contexts(town.dids[0], inputs.menu_deadline, *place.engine_ports)
    recorded = contexts.density_contexts(inputs.directories.incoming_recordings)
    write_if_changed(etc / "bench.conf", (text + recorded).encode())
    extensions = etc / "extensions.conf"
    write_if_changed(extensions, contexts.with_bench(extensions.read_text()).encode())
    program = AsteriskProgram(installation, etc)
    pid = programs.start("asterisk", program.start_argv, program.environment)
    try:
        asyncio.run(program.wait_booted(timeout=40))
    except AsteriskProcessError as error:
        raise CommandFailed(str(error)) from error
    programs.check("asterisk")
    return program, pid


def _start_engines(place: Place, secrets: Secrets, programs: Programs, letters: str) -> dict[str, Engine]:
    floor, codec, panoramisk, pyst2 = place.engine_ports
    python = sys.executable
    peers = _HERE / "peers"
    town, prompts = place.settings.municipality, place.home / "prompts"
    environment = place.environment()

    def server(name: str, port: int, *argv: object, **extra: str) -> int:
        pid = programs.start(name, [python, *(str(part) for part in argv)], environment | extra)
        programs.wait_for_port(name, port)
        return pid

    engines: dict[str, Engine] = {}
    for letter in letters:
        match letter:
            case "a":
                engine = Engine("a", "pure dialplan", contexts.DIALPLAN)
            case "b":
                pid = server("floor", floor, peers / "floor.py", floor)
                engine = Engine("b", "FastAGI floor", contexts.FLOOR, (pid,))
            case "c":
                argv = [_HERE / "codec_server.py", codec, town, prompts, prompts / "joined" / "codec"]
                pid = server("codec", codec, *argv, **{TOKEN_VARIABLE: secrets.agi_token})
                engine = Engine("c", "Centrala, codec and engine", contexts.CODEC, (pid,))
            case "d":
                engine = Engine("d", "Centrala in full", read_town(town).town.dids[0], _full(place, secrets, programs))
            case "e":
                pid = server("panoramisk", panoramisk, peers / "panoramisk_agi.py", panoramisk)
                engine = Engine("e", "panoramisk", contexts.PANORAMISK, (pid,))
            case _:
                pid = server("pyst2", pyst2, peers / "pyst2_agi.py", pyst2)
                engine = Engine("f", "pyst2, fork per call", contexts.PYST2, (pid,))
        engines[letter] = engine
    return engines


def _full(place: Place, secrets: Secrets, programs: Programs) -> tuple[int, ...]:
    """Start the product's own processes that a call needs: AGI server, and console (records, relay, CEL, AMI)."""
    asyncio.run(_migrate(place, secrets))
    environment = place.environment()
    agi = programs.start("agi-1", [sys.executable, str(_HERE / "full_server.py")], environment)
    programs.wait_for_port("agi-1", split_host_port(place.settings.agi.bind)[1])
    console = programs.start("console", [sys.executable, "-m", "centrala", "serve", "console"], environment)
    programs.wait_for_port("console", split_host_port(place.settings.console.bind)[1])
    return agi, console


async def _migrate(place: Place, secrets: Secrets) -> None:
    async with open_databases(place.settings) as databases:
        await databases.migrate()
        town = read_town(place.settings.municipality).town
        await make_first_accounts(databases.main, town, secrets, Layout.of(place.settings).first_login)
