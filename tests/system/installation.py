"""A whole installation, as `centrala up` starts it, in a temporary home on free loopback ports."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from centrala.settings import Settings
from tests.free_ports import free_port_block
from tests.system.asterisk_bed import CHECKOUT_HOME, wait_for

CHECKOUT = Path(__file__).parents[2]


@dataclass
class Installation:
    """A running installation and what tests want of it."""

    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    stopped: bool = False
    accounts: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """username → (role, password, API token)"""

    def setting(self, name: str) -> str:
        return self.environment[f"CENTRALA_{name}"]

    @property
    def sip(self) -> str:
        return self.setting("SIP__BIND")

    @property
    def console_url(self) -> str:
        return f"http://{self.setting('CONSOLE__BIND')}"

    @property
    def public_url(self) -> str:
        return f"http://{self.setting('PUBLIC_SITE__BIND')}"

    @property
    def settings(self) -> Settings:
        """The settings of the installation, as its own processes read them."""
        before = dict(os.environ)
        try:
            os.environ.update(self.environment)
            return Settings()
        finally:
            os.environ.clear()
            os.environ.update(before)

    def cli(self, *words: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run `centrala WORDS` against this installation."""
        return subprocess.run(
            [sys.executable, "-m", "centrala", *words],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def processes(self) -> dict[str, dict[str, Any]]:
        """Return name → {pid, restarts, last_exit}."""
        try:
            rows = json.loads((self.home / "run" / "processes.json").read_text())["processes"]
        except (OSError, ValueError):
            return {}
        return {row["name"]: row for row in rows}

    def pid(self, name: str) -> int:
        return wait_for(lambda: self.processes().get(name, {}).get("pid", 0), reason=f"{name} runs")

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a process of the installation (the real one, not its starter) and return its pid."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    def wait_restarted(self, name: str, old: int, timeout: float = 30.0) -> None:
        wait_for(lambda: self.processes().get(name, {}).get("pid", 0) not in (0, old), timeout=timeout)

    def wait_ready(self, timeout: float = 60.0) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, (self.home / "up.log").read_text()[-4000:]
            # The table of addresses is printed last.
            return "Ctrl-C" in (self.home / "up.log").read_text()

        wait_for(ready, timeout=timeout, reason="everything is up")

    def api(
        self, method: str, path: str, user: str = "admin", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Call the API with an account's token; return (status, JSON or text)."""
        request = urllib.request.Request(f"{self.console_url}{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.accounts[user][2]}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, data, timeout=15) as response:
                return response.status, _parsed(response.read())
        except urllib.error.HTTPError as error:
            return error.code, _parsed(error.read())

    def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """Read the main database (SQLite) beside the running processes."""
        connection = sqlite3.connect(f"file:{self.home / 'centrala.db'}?mode=ro", uri=True, timeout=10)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, arguments)]
        finally:
            connection.close()

    def stop(self) -> int:
        """Ask it to stop as Ctrl-C does, and return its exit code."""
        if not self.stopped:
            self.stopped = True
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=40)
        return self.process.returncode


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


def processes_of(home: Path) -> list[str]:
    """Return the beginning of the command line of every process that knows this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in line:
            found.append(line.decode(errors="replace")[:200])
    return found


def _environment(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CENTRALA_")}
    tcp = free_port_block(8)
    rtp = free_port_block(1000)
    binds = ("SIP__BIND", "SIP__WEBSOCKET_BIND", "AGI__BIND", "AGI__SECOND_BIND", "AMI__BIND", "CONSOLE__BIND")
    chosen = {f"CENTRALA_{name}": f"127.0.0.1:{tcp + number}" for number, name in enumerate(binds)}
    chosen["CENTRALA_PUBLIC_SITE__BIND"] = f"127.0.0.1:{tcp + 6}"
    chosen["CENTRALA_SIP__RTP_PORTS"] = f"{rtp}-{rtp + 999}"
    chosen["CENTRALA_HOME"] = str(home)
    chosen["CENTRALA_CONFIG"] = str(home / "none.toml")
    # Calls that a test did not make would stand among its own; a test of them switches them on.
    chosen["CENTRALA_WATCH__SYNTHETIC_EVERY"] = "0"
    chosen["CENTRALA_WATCH__ALARM_CALLS"] = "false"
    return {**kept, **chosen, **extra}


def prepare_home(home: Path) -> None:
    """Share what set-up made: the private copies and the prompts."""
    home.mkdir(parents=True, exist_ok=True)
    if (CHECKOUT_HOME / "runtime").exists():
        (home / "runtime").symlink_to(CHECKOUT_HOME.resolve() / "runtime")
    shutil.copytree(CHECKOUT_HOME / "prompts", home / "prompts", ignore=shutil.ignore_patterns("said", "joined"))


@contextmanager
def running_installation(
    extra: Mapping[str, str] | None = None, municipality: Path | None = None
) -> Iterator[Installation]:
    """Start everything; stop it and remove its home at the end. `extra`: further environment."""
    home = Path(tempfile.mkdtemp(prefix="centrala-"))
    try:
        prepare_home(home)
        environment = _environment(home, extra or {})
        if municipality is not None:
            environment["CENTRALA_MUNICIPALITY"] = str(municipality)
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
        running = Installation(home, environment, process)
        try:
            running.wait_ready()
            for line in (home / "first-login.txt").read_text().splitlines():
                role, username, password, token = line.split()
                running.accounts[username] = (role, password, token)
            yield running
        finally:
            if process.poll() is None:
                running.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
