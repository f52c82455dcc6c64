"""Ports for the servers of a test: of its worker's own, none that somebody else may get meanwhile."""

from __future__ import annotations

import os
import random
import socket
from collections import deque

_GIVEN: deque[int] = deque(maxlen=300)
"""Ports given last, of the thousand that a worker has."""


def free_port_block(count: int = 1) -> int:
    """Return the first of `count` neighbouring loopback ports that nobody has now, neither for TCP nor for UDP.

    Each worker of a parallel run has a range of its own, below the ports that the system gives to anybody. Many ports
    (a range for audio, of which few are used at a time) are looked for apart from the few that a server listens on.
    One that was given lately is not given again: who asked for it may not have bound it yet.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    low = 12000 + worker * 5000
    first, last = (low, low + 4000) if count >= 100 else (low + 4000, low + 5000)
    for _ in range(400):
        block = random.randrange(first, last - count + 1)  # noqa: S311 - ports, not secrets
        if any(port in range(block, block + count) for port in _GIVEN):
            continue
        if all(_is_free(block + offset) for offset in range(0, count, max(1, count // 16))):
            if count < 100:
                _GIVEN.extend(range(block, block + count))
            return block
    raise AssertionError(f"no {count} free ports in a row between {first} and {last}")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
