"""An installation to be broken: its own home, ports, sounds and town, started by `centrala up`. Owns its life.

Never the installation that serves a town: a drill kills processes.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from asterisk_conf.installation import find_asterisk
from asterisk_conf.models import Directories
from asterisk_conf.process import AsteriskProgram
from centrala.bench.place import free_ports
from centrala.drill.proxy import Tunnel
from centrala.drill.tones import write_sounds
from centrala.errors import CommandFailed
from centrala.layout import Layout
from centrala.settings import CHECKOUT, Settings, load_settings, split_host_port

_BINDS: Final = (
    "SIP__BIND",
    "SIP__WEBSOCKET_BIND",
    "AGI__BIND",
    "AGI__SECOND_BIND",
    "AMI__BIND",
    "AMI__REACH",
    "CONSOLE__BIND",
    "PUBLIC_SITE__BIND",
    "DISPATCH__BIND",
)
_START_LIMIT: Final = 120.0
_STOP_LIMIT: Final = 60.0
POLL: Final = 0.05


@dataclass
class Site:
    """A running installation. `tunnel` stands between AMI and its users.

    `accounts`: user name → API token; `passwords`: user name → password.
    """

    settings: Settings
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    tunnel: Tunnel
    accounts: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        """Its folders."""
        return Layout.of(self.settings)

    @property
    def sip_port(self) -> int:
        """Where callers call."""
        return split_host_port(self.settings.sip.bind)[1]

    def pid(self, name: str) -> int:
        """Return the process id, 0 while it does not run."""
        try:
            rows = json.loads((self.layout.run / "processes.json").read_text())["processes"]
        except (OSError, ValueError):
            return 0
        return next((int(row["pid"]) for row in rows if row["name"] == name), 0)

    async def running(self, name: str, *, but: int = 0, within: float = 60.0) -> int:
        """Return the process id once it runs and is not `but`. Raises CommandFailed."""
        end = time.monotonic() + within
        while True:
            pid = self.pid(name)
            if pid not in (0, but):
                return pid
            if time.monotonic() > end:
                raise CommandFailed(f"{name} does not run again after {within:.0f} s; its log is in {self.layout.logs}")
            await asyncio.sleep(POLL)

    async def signal(self, name: str, number: signal.Signals) -> int:
        """Send a signal to a process of the installation and return its id."""
        pid = await self.running(name)
        os.kill(pid, number)
        return pid

    async def exchange(self, command: str) -> str:
        """Return what Asterisk's console says to a command. Raises CommandFailed, AsteriskProcessError."""
        home = self.settings.home
        installation = find_asterisk(home)
        if installation is None:
            raise CommandFailed(f"no Asterisk in {home}")
        etc = Directories(home=home, modules=home, data=home).etc
        return await AsteriskProgram(installation, etc).console(command)

    def is_ready(self, bind: str) -> bool:
        """Say whether the HTTP server there answers that all is well."""
        try:
            with urllib.request.urlopen(f"http://{bind}/readyz", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    async def wait_ready(self, within: float = _START_LIMIT) -> None:
        """Return once console and public site say that all is well. Raises CommandFailed."""
        end = time.monotonic() + within
        for bind in (self.settings.console.bind, self.settings.public_site.bind):
            while not await asyncio.to_thread(self.is_ready, bind):
                if self.process.poll() is not None or time.monotonic() > end:
                    raise CommandFailed(f"the drill's installation is not up: {self._complaint()}")
                await asyncio.sleep(0.1)

    def api(self, method: str, path: str, user: str, body: Any = None, key: str = "") -> Any:  # noqa: ANN401 - JSON
        """Call the console's API as a user and return the JSON. Raises OSError (HTTPError among them).

        `key`: what makes a request that is sent twice the same one (`Idempotency-Key`).
        """
        request = urllib.request.Request(f"http://{self.settings.console.bind}{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.accounts[user]}")
        if key:
            request.add_header("Idempotency-Key", key)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, data, timeout=10) as response:  # noqa: S310 - our own console
            return json.loads(response.read() or b"null")

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _complaint(self) -> str:
        try:
            return (self.layout.home / "up.log").read_text(errors="replace")[-600:].strip()
        except OSError:
            return "it left no word"


@asynccontextmanager
async def running_site(made: Path, extra: Mapping[str, str] | None = None, keep: bool = False) -> AsyncIterator[Site]:
    """Start an installation with what set-up made in home `made`; stop it and remove its home at the end.

    `extra`: further settings, as environment names without `CENTRALA_`. `keep`: leave the home for a look afterwards.
    """
    home = Path(tempfile.mkdtemp(prefix="centrala-drill-"))
    try:
        _furnish(home, made)
        site = _start(home, extra or {})
        try:
            async with site.tunnel.running(site.settings.ami.address[1]):
                await site.wait_ready()
                for line in (home / "first-login.txt").read_text().splitlines():
                    _role, username, password, token = line.split()
                    site.accounts[username], site.passwords[username] = token, password
                yield site
                await asyncio.to_thread(site.stop)
        finally:
            await asyncio.to_thread(site.stop)
    finally:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


def _furnish(home: Path, made: Path) -> None:
    if not (made / "prompts").is_dir():
        raise CommandFailed(f"{made} has no prompts: ./run makes them")
    if (made / "runtime").is_dir():
        (home / "runtime").symlink_to((made / "runtime").resolve())
    shutil.copytree(made / "prompts", home / "prompts", ignore=shutil.ignore_patterns("said", "joined"))
    write_sounds(home / "prompts")


def _start(home: Path, extra: Mapping[str, str]) -> Site:
    chosen = {name: f"127.0.0.1:{port}" for name, port in zip(_BINDS, free_ports(len(_BINDS)), strict=True)}
    chosen |= {"HOME": str(home), "SIP__RTP_PORTS": "42000-47998", "CONFIG": str(home / "none.toml")}
    chosen |= {"WATCH__SYNTHETIC_EVERY": "0", "WATCH__ALARM_CALLS": "false"} | dict(extra)  # every call is a caller's
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CENTRALA_")}
    environment = kept | {f"CENTRALA_{name}": value for name, value in chosen.items()}
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "centrala", "up"],
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    settings = _settings_of(environment)
    return Site(settings, process, environment, Tunnel(split_host_port(settings.ami.bind)))


def _settings_of(environment: Mapping[str, str]) -> Settings:
    """Read the settings as the installation's own processes do."""
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(environment)
        return load_settings()
    finally:
        os.environ.clear()
        os.environ.update(before)
