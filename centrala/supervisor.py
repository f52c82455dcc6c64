"""Starts, watches, restarts and stops the processes of one installation. Owns their lives; must not know their work.

A process that dies is started again, at once the first time, then with a back-off. One that has a heartbeat and falls
silent for `freeze_limit` seconds is killed: to a caller a frozen server is worse than a dead one, for
which the dialplan has an answer. If the supervisor itself is killed the kernel ends its children
(`setpriv --pdeathsig`), so that nothing holds the ports when it starts again. Where there is a fork server it starts
what it can; without it, or when it fails, a process is started as any program is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from centrala.forked_child import ForkedChild, ForkServer
from centrala.heartbeat import HEARTBEAT_VARIABLE

log = logging.getLogger(__name__)

FIRST_BEAT_LIMIT = 60.0
STABLE_SECONDS = 10.0
MAX_BACKOFF = 5.0


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process. `before_start` runs before every start (repairs); `stop_timeout` in seconds until SIGKILL."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    heartbeat: bool = True
    stop_timeout: float = 5.0
    before_start: Callable[[], Awaitable[None]] = _nothing
    patience: float = 1.0
    """Share of the freeze limit that this one gets: less for whoever keeps a caller in silence, more for pages."""
    clean_environment: bool = False
    """Give it `environment` only, none of ours: settings and secrets stay here."""
    fork: Sequence[str] = ()
    """The module that `argv` runs and its arguments, when the fork server has imported what it needs."""


@dataclass(slots=True)
class ProcessState:
    """What is known of a process now. `beat`: monotonic time of the last heartbeat, None before the first."""

    spec: ProcessSpec
    pid: int = 0
    starts: int = 0
    started: float = 0.0
    beat: float | None = None
    last_exit: str = ""


class Supervisor:
    """Runs `specs` until `stop()`; each line a child prints goes to its own log file."""

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        run_directory: Path,
        log_directory: Path,
        freeze_limit: float,
        fork_server: ForkServer | None = None,
    ) -> None:
        self.states = {spec.name: ProcessState(spec) for spec in specs}
        self._run_directory = run_directory
        self._log_directory = log_directory
        self._freeze_limit = freeze_limit
        self._fork_server = fork_server
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask every process to end; `run()` returns when all have."""
        self._stopping.set()

    def restart(self, name: str) -> None:
        """Ask one process to end; it is started again at once. One that does not run is being started anyway."""
        pid = self.states[name].pid
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    async def run(self) -> None:
        """Start everything and watch it."""
        self._run_directory.mkdir(parents=True, exist_ok=True)
        self._log_directory.mkdir(parents=True, exist_ok=True)
        try:
            async with asyncio.TaskGroup() as tasks:
                for state in self.states.values():
                    tasks.create_task(self._keep(state))
        finally:
            self._status_file.unlink(missing_ok=True)

    @property
    def _status_file(self) -> Path:
        return self._run_directory / "processes.json"

    def _write_status(self) -> None:
        rows = [
            {"name": name, "pid": state.pid, "restarts": max(0, state.starts - 1), "last_exit": state.last_exit}
            for name, state in self.states.items()
        ]
        temporary = self._status_file.with_suffix(".new")
        temporary.write_text(json.dumps({"supervisor": os.getpid(), "processes": rows}))
        temporary.replace(self._status_file)

    async def _keep(self, state: ProcessState) -> None:
        backoff = 0.0
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(backoff):
                    await self._stopping.wait()
                    return
            await self._run_once(state)
            lived = time.monotonic() - state.started
            backoff = 0.0 if lived > STABLE_SECONDS else min(MAX_BACKOFF, max(0.1, backoff * 2))

    async def _run_once(self, state: ProcessState) -> None:
        spec = state.spec
        await spec.before_start()
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        inherited = {} if spec.clean_environment else dict(os.environ)
        environment = {**inherited, **spec.environment}
        with (self._log_directory / f"{spec.name}.log").open("ab") as output:
            process = await self._start(spec, environment, output.fileno(), writer)
        os.close(writer)
        state.pid, state.started, state.beat = process.pid, time.monotonic(), None
        state.starts += 1
        self._write_status()
        log.info("%s started, pid %d", spec.name, process.pid)
        try:
            async with asyncio.TaskGroup() as tasks:
                watcher = tasks.create_task(self._watch(state, process, reader))
                stopper = tasks.create_task(self._end_when_stopping(state, process))
                code = await process.wait()
                watcher.cancel()
                stopper.cancel()
        finally:
            os.close(reader)
        state.pid = 0
        state.last_exit = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
        self._write_status()
        if not self._stopping.is_set():
            log.warning("%s ended (%s); starting it again", spec.name, state.last_exit)

    async def _start(
        self, spec: ProcessSpec, environment: dict[str, str], output: int, heartbeat: int
    ) -> asyncio.subprocess.Process | ForkedChild:
        if spec.fork and self._fork_server is not None:
            module, *arguments = spec.fork
            forked = await self._fork_server.fork(module, arguments, environment, output=output, heartbeat=heartbeat)
            if forked is not None:
                return forked
        return await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", "--"),
            *spec.argv,
            env={**environment, HEARTBEAT_VARIABLE: str(heartbeat)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(heartbeat,) if spec.heartbeat else (),
            start_new_session=True,
        )

    async def _watch(self, state: ProcessState, process: asyncio.subprocess.Process | ForkedChild, reader: int) -> None:
        if not state.spec.heartbeat:
            return
        while True:
            await asyncio.sleep(0.2)
            with contextlib.suppress(BlockingIOError):
                if os.read(reader, 4096):
                    state.beat = time.monotonic()
            silent = time.monotonic() - (state.beat or state.started)
            if silent > (self._freeze_limit * state.spec.patience if state.beat else FIRST_BEAT_LIMIT):
                log.error("%s has been silent for %.1f s; killing it", state.spec.name, silent)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                return

    async def _end_when_stopping(self, state: ProcessState, process: asyncio.subprocess.Process | ForkedChild) -> None:
        await self._stopping.wait()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.sleep(state.spec.stop_timeout)
        log.warning("%s did not end in %.0f s; killing it", state.spec.name, state.spec.stop_timeout)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
