"""What must not disturb a FastAGI server: scans, half headers, slow writers, giants and garbage. Owns the sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

_HALF: Final = b"agi_network: yes\nagi_network_script: inbound\nagi_req"
_FORGED: Final = b"agi_network: yes\nagi_network_script: inbound\nagi_uniqueid: 1.1\nagi_arg_1: wrong\n\n"
_GARBAGE: Final = bytes(range(256)) * 16 + b"\n\n" + b"\x00" * 500
_HELD: Final = 4.0


async def disturb(host: str, port: int, rounds: int = 10) -> None:
    """Do all of it side by side, `rounds` times each, for about four seconds."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(rounds):
            tasks.create_task(_send(host, port, ()))
            tasks.create_task(_send(host, port, (_HALF,), held=_HELD))
            tasks.create_task(_send(host, port, [_HALF[place : place + 1] for place in range(len(_HALF))], gap=0.08))
            tasks.create_task(_send(host, port, [b"agi_x: " + b"a" * 65536] * 16))
            tasks.create_task(_send(host, port, (_GARBAGE,)))
            tasks.create_task(_send(host, port, (_FORGED,), held=_HELD))


async def _send(host: str, port: int, pieces: Sequence[bytes], gap: float = 0.0, held: float = 0.0) -> None:
    with contextlib.suppress(OSError, TimeoutError):  # being thrown out is what is expected
        async with asyncio.timeout(_HELD * 2):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(gap)
                if held:
                    async with asyncio.timeout(held):
                        await reader.read()
            finally:
                writer.transport.abort()
