"""How the supervisor gets a child from the fork server. Owns that process's life and the wait for a child's end.

Whatever is wrong with the fork server (it cannot import, it was killed, it hangs), `fork` returns None and the caller
starts the child the slow way; a new fork server is begun for the next time.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from centrala.fork_server import GO, READY, SINGLE_THREADED
from centrala.heartbeat import HEARTBEAT_VARIABLE

log = logging.getLogger(__name__)

READY_LIMIT = 15.0
ANSWER_LIMIT = 3.0
"""Seconds, then the slow way. The imports take two, a fork milliseconds; a late child is not told to go."""
_SET_CHILD_SUBREAPER = 36


class ForkedChild:
    """A child that this process did not start by itself, and that is its child all the same."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    async def wait(self) -> int:
        """Return the exit code, negative for a signal, as `asyncio.subprocess.Process` does. To be called once."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._descriptor)
        return self._collect()

    def terminate(self) -> None:
        """Ask it to end. Raises ProcessLookupError once it has."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it. Raises ProcessLookupError once it has ended."""
        self._signal(signal.SIGKILL)

    def _collect(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        os.close(self._descriptor)
        self._descriptor = -1
        return os.waitstatus_to_exitcode(status)

    def _signal(self, number: signal.Signals) -> None:
        if self._descriptor < 0:
            raise ProcessLookupError(f"process {self.pid} has ended")
        signal.pidfd_send_signal(self._descriptor, number)


class ForkServer:
    """The supervisor's end. `modules`: what is imported beforehand; its own complaints go to `log_file`."""

    def __init__(self, modules: Sequence[str], log_file: Path) -> None:
        self._modules = list(modules)
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._ready = False
        self._one_at_a_time = asyncio.Lock()

    @property
    def pid(self) -> int:
        """Its process id, 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Begin its imports; `fork` waits for them."""
        own, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        argv = [sys.executable, "-m", "centrala.fork_server", str(other.fileno()), *self._modules]
        # The title of a process is written over its arguments, and must not reach into its environment.
        environment = {**os.environ, **SINGLE_THREADED, "SPT_NOENV": "1"}
        with other, self._log_file.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                ["setpriv", "--pdeathsig", "KILL", "--", *argv],  # noqa: S607
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(other.fileno(),),
                start_new_session=True,
            )
        own.setblocking(False)
        self._channel = own
        self._ready = False

    def stop(self) -> None:
        """End it. Its children live on."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def fork(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], *, output: int, heartbeat: int
    ) -> ForkedChild | None:
        """Return a child that runs `python -m module arguments`, or None when none could be had this way.

        `output`, `heartbeat`: descriptors, which stay the caller's own; the child is told the second one's number.
        """
        request = {
            "module": module,
            "arguments": list(arguments),
            "environment": dict(environment),
            "heartbeat_variable": HEARTBEAT_VARIABLE,
        }
        async with self._one_at_a_time:
            if self._channel is None:
                return None
            go_reader, go_writer = os.pipe()
            try:
                await self._until_ready(self._channel)
                with _adopting_orphans():
                    socket.send_fds(self._channel, [json.dumps(request).encode()], [output, heartbeat, go_reader])
                    pid = int(await _answer(self._channel, ANSWER_LIMIT))
                child = ForkedChild(pid)
                os.write(go_writer, GO)
            except (OSError, ValueError) as error:
                log.warning("the fork server gave no %s (%r); starting it the slow way", " ".join(arguments), error)
                self.stop()
                self.start()
                return None
            finally:
                os.close(go_reader)
                os.close(go_writer)
            return child

    async def _until_ready(self, channel: socket.socket) -> None:
        if not self._ready:
            said = await _answer(channel, READY_LIMIT)
            if said != READY:
                raise ValueError(f"it ended before it was ready; see {self._log_file}")
            self._ready = True


async def _answer(channel: socket.socket, limit: float) -> bytes:
    async with asyncio.timeout(limit):
        return await asyncio.get_running_loop().sock_recv(channel, 64)


@contextlib.contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Be the parent of what a descendant leaves behind meanwhile, instead of the machine's first process."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    try:
        yield
    finally:
        libc.prctl(_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
