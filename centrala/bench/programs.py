"""Starts and ends the processes of a run. Owns them: whatever was started here is gone when the run is over."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from centrala.errors import CommandFailed

_START_SECONDS = 20.0
_END_SECONDS = 10.0


class Programs:
    """A context that ends every process that was started in it, the last one first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Programs:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self._running)):
            self.end(name)

    def start(self, name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
        """Start a process and return its id; what it says goes to `<name>.log`."""
        with (self._logs / f"{name}.log").open("ab") as output:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own programs, with arguments of ours
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
            )
        return self._running[name].pid

    def wait_for_port(self, name: str, port: int) -> None:
        """Return when the process takes connections. Raises CommandFailed with the end of what it said."""
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            self.check(name)
            if is_listening(port):
                return
            time.sleep(0.05)
        raise CommandFailed(f"{name} does not listen on port {port}: {self._tail(name)}")

    def check(self, name: str) -> None:
        """Raise CommandFailed when the process has ended."""
        if self._running[name].poll() is not None:
            raise CommandFailed(f"{name} ended: {self._tail(name)}")

    def end(self, name: str) -> None:
        """Ask the process to end, then make it."""
        process = self._running.pop(name)
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _tail(self, name: str) -> str:
        return (self._logs / f"{name}.log").read_text(errors="replace")[-600:].strip()


def is_listening(port: int) -> bool:
    """Say whether a loopback port is listened on, by the kernel's list: a connection would hurt some engines."""
    wanted = f":{port:04X}"
    with open("/proc/net/tcp") as table:
        return any(line.split()[1].endswith(wanted) and line.split()[3] == "0A" for line in list(table)[1:])


def connects(port: int) -> bool:
    """Say whether a connection to a loopback port is taken."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
