"""A real Asterisk of our own rendered configuration, in a temporary home, on free ports: the call path's test bed."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from asterisk_conf.installation import find_asterisk
from asterisk_conf.models import AsteriskInputs, Directories, Operator, Ports, RadioGateway, Secrets, Trunk
from asterisk_conf.process import AsteriskProgram
from asterisk_conf.queue_settings import QueueSettings
from asterisk_conf.write import write_configuration
from tests.free_ports import free_port_block
from tests.system.sipp import SippRun, speech, start_sipp

CHECKOUT_HOME = Path(__file__).parents[2] / "var"
CEL_COLUMNS = (
    *("event", "time", "caller", "uniqueid", "linkedid", "channel", "application", "data"),
    *("peer", "extra", "context", "extension", "user_event"),
)
PROMPTS = ("fallback.hold", "fallback.message", "fallback.thanks", "queue.wait", "error.sorry")
T = TypeVar("T")


def wait_for(what: Callable[[], T], *, timeout: float = 40.0, reason: str = "") -> T:
    """Return the first true value of `what()`. An AssertionError with `reason` after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < end, f"not within {timeout} s: {reason or what}"
        time.sleep(0.05)


@dataclass
class AsteriskBed:
    """A running Asterisk and what tests want of it."""

    home: Path
    inputs: AsteriskInputs
    program: AsteriskProgram
    process: subprocess.Popen[bytes]
    sipp_folder: Path
    runs: list[SippRun] = field(default_factory=list)
    outside_port: int = 0
    """Where a telephone outside would listen, in a bed that has one."""

    @property
    def sip_target(self) -> str:
        return f"127.0.0.1:{self.inputs.ports.sip}"

    def console(self, command: str) -> str:
        """Return what Asterisk's console says."""
        done = subprocess.run(
            self.program.remote_argv(command), capture_output=True, text=True, timeout=20, env=self.program.environment
        )
        return done.stdout + done.stderr

    def cel(self, event: str | None = None) -> list[dict[str, str]]:
        """Return the CEL rows written until now, or those of one event."""
        path = self.inputs.directories.cel_file
        text = path.read_text(errors="replace") if path.exists() else ""
        rows = [dict(zip(CEL_COLUMNS, row, strict=True)) for row in csv.reader(io.StringIO(text)) if row]
        return [row for row in rows if event is None or row["event"] == event]

    def ended_calls(self) -> set[str]:
        """Return the linkedids of calls that are over."""
        return {row["linkedid"] for row in self.cel("LINKEDID_END")}

    def log(self) -> str:
        """Return Asterisk's own log."""
        return (self.inputs.directories.log / "messages.log").read_text(errors="replace")

    def sipp(self, scenario: str, rows: Sequence[Sequence[str]], **options: object) -> SippRun:
        """Start a scenario against this Asterisk; options as in `start_sipp`."""
        settings: dict[str, object] = {
            "target": self.sip_target,
            "folder": self.sipp_folder,
            "local_port": free_port_block(),
            "media_port": free_port_block(1000),
            "name": f"{scenario}-{len(self.runs)}",
            **options,
        }
        run = start_sipp(scenario, rows, **settings)  # type: ignore[arg-type]
        self.runs.append(run)
        return run

    def stop(self) -> None:
        """End SIPp and Asterisk."""
        for run in self.runs:
            run.stop()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def bed_inputs(
    home: Path,
    *,
    last_resort: tuple[str, ...] = ("/bin/false",),
    queue: QueueSettings | None = None,
    skill_queues: tuple[QueueSettings, ...] = (),
) -> AsteriskInputs:
    """Return inputs with free ports and the sample town's numbers."""
    installation = find_asterisk(CHECKOUT_HOME)
    assert installation is not None, "no Asterisk: run ./run once, it installs a private copy"
    agi = free_port_block(2)
    rtp = (free_port_block(1002) + 1) // 2 * 2
    return AsteriskInputs(
        directories=Directories(home=home, modules=installation.modules_dir, data=installation.data_dir),
        secrets=Secrets("bed-token-1", "reader-secret", "writer-secret"),
        dids=("311",),
        operators=tuple(Operator(str(extension), f"secret-{extension}") for extension in range(2001, 2006)),
        trunks=(Trunk("test", ("127.0.0.1",)),),
        radio_gateways=(RadioGateway("radio-1", "sip:dispatch@127.0.0.1:5080"),),
        last_resort=last_resort,
        queue=queue or QueueSettings(longest_wait=20, longest_wait_in_fallback=10),
        skill_queues=skill_queues,
        own_operator_ring=4,
        ports=Ports(
            sip=free_port_block(),
            agi_first=agi,
            agi_second=agi + 1,
            ami=free_port_block(),
            rtp_first=rtp,
            rtp_last=rtp + 998,
        ),
    )


@contextmanager
def running_bed(
    last_resort: tuple[str, ...] = ("/bin/false",),
    *,
    queue: QueueSettings | None = None,
    skill_queues: tuple[QueueSettings, ...] = (),
    more_dialplan: str = "",
    change: Callable[[AsteriskInputs], AsteriskInputs] = lambda inputs: inputs,
) -> Iterator[AsteriskBed]:
    """Start a private Asterisk and stop it at the end. Its home is short, because of the control socket.

    `change` may make other inputs of the usual ones.
    """
    installation = find_asterisk(CHECKOUT_HOME)
    assert installation is not None, "no Asterisk: run ./run once, it installs a private copy"
    home = Path(tempfile.mkdtemp(prefix="centrala-bed-"))
    try:
        inputs = change(bed_inputs(home, last_resort=last_resort, queue=queue, skill_queues=skill_queues))
        write_configuration(inputs)
        with (inputs.directories.etc / "extensions.conf").open("a") as extensions:
            extensions.write(more_dialplan)
        for language in inputs.languages:
            folder = inputs.directories.prompts / language
            folder.mkdir(exist_ok=True)
            for prompt in PROMPTS:
                (folder / f"{prompt}.ulaw").write_bytes(speech(0.3))
        (inputs.directories.prompts / "beep.ulaw").write_bytes(speech(0.2))
        program = AsteriskProgram(installation, inputs.directories.etc)
        with (home / "asterisk.out").open("wb") as output:
            process = subprocess.Popen(
                program.start_argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=program.environment
            )
        bed = AsteriskBed(home, inputs, program, process, home / "sipp")
        try:
            wait_for(
                lambda: process.poll() is not None or "fully booted" in bed.console("core waitfullybooted"),
                timeout=40,
                reason="Asterisk boots",
            )
            assert process.poll() is None, (home / "asterisk.out").read_text(errors="replace")
            yield bed
        finally:
            bed.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
