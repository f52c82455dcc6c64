"""A process that has imported what the services need and forks them: one that died serves again in a tenth of the time.

Owns the forking; must not know who asks or why (`centrala.forked_child` is the other end). It forks twice, so that the
child belongs to whoever started this process and lives on when this process dies. It has one thread and opens nothing:
what it would hold, every child would inherit.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

from setproctitle import getproctitle, setproctitle

READY = b"ready"
GO = b"g"
LARGEST_REQUEST = 1 << 17
SINGLE_THREADED = {"OPENBLAS_NUM_THREADS": "1"}
"""Environment that this process is started with: numpy would begin a thread for each processor."""
_SET_PARENT_DEATH_SIGNAL = 1


class NotForkableError(RuntimeError):
    """A module that was imported began a thread: a fork would copy its locks as they happen to stand."""


def serve(channel: socket.socket, modules: Sequence[str]) -> None:
    """Import `modules`, say `READY`, then fork a child for each request until the other end closes.

    A request is one packet of JSON, `{"module": "centrala", "arguments": […], "environment": {…}}`, with three
    descriptors: the child's output, its heartbeat pipe and a pipe from which it reads `GO` before it begins. The answer
    is the child's process id in digits. Returns in the fork server at the end, and never in a child: that leaves by
    SystemExit. Raises ImportError, NotForkableError.
    """
    owner = os.getppid()
    getproctitle()  # it looks for the place of the title while the environment still stands where the kernel put it
    for name in modules:
        importlib.import_module(name)
    if len(os.listdir("/proc/self/task")) > 1:
        raise NotForkableError(f"one of {', '.join(modules)} began a thread when it was imported")
    # What is there now is shared with every child for as long as nobody's collector writes into it.
    gc.collect()
    gc.freeze()
    channel.send(READY)
    while True:
        packet, descriptors, _, _ = socket.recv_fds(channel, LARGEST_REQUEST, 3)
        if not packet:
            return
        child = _fork_twice()
        if child == 0:
            channel.close()
            _become(json.loads(packet), descriptors, owner)
        for descriptor in descriptors:
            os.close(descriptor)
        channel.send(str(child).encode())


def _fork_twice() -> int:
    """Return the grandchild's process id once it is an orphan, 0 in the grandchild itself."""
    reader, writer = os.pipe()
    between = os.fork()
    if between == 0:
        child = os.fork()
        if child == 0:
            os.close(reader)
            os.close(writer)
            return 0
        os.write(writer, str(child).encode())
        os._exit(0)
    os.close(writer)
    digits = os.read(reader, 32)
    os.close(reader)
    os.waitpid(between, 0)
    return int(digits)


def _become(request: dict[str, Any], descriptors: Sequence[int], owner: int) -> None:
    """Be the program that was asked for, as if it had been started anew. Leaves by SystemExit."""
    output, heartbeat, go = descriptors
    if os.read(go, 1) != GO:
        os._exit(0)  # whoever asked has given up: a second one may be running already
    os.close(go)
    _end_with(owner)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ[request["heartbeat_variable"]] = str(heartbeat)
    arguments = request["arguments"]
    # It has the room of this process's own arguments, which name every module.
    setproctitle(" ".join([sys.executable, "-m", request["module"], *arguments]))
    sys.argv = [request["module"], *arguments]
    # As a new interpreter does it: a module's own code, and its exit code by SystemExit.
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    sys.exit(0)


def _end_with(owner: int) -> None:
    """Let the kernel kill this process when `owner` dies, which is its parent by now."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != owner:
        os._exit(1)


def main() -> None:
    """`python -m centrala.fork_server DESCRIPTOR MODULE…`; the supervisor does this."""
    descriptor, *modules = sys.argv[1:]
    serve(socket.socket(fileno=int(descriptor)), modules)


if __name__ == "__main__":
    main()
