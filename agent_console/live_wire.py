"""Text frames straight onto a WebSocket's transport. Owns a frame's bytes and when the quick way is open.

A frame for two thousand pages is encoded once, and handing it to a page that keeps up costs one write instead of a
queue, a task's turn, a timer and an encoding. A page that does not keep up is left to the queue and its time limit.
"""

from __future__ import annotations

import asyncio
from typing import Final

_TEXT_WHOLE: Final = 0x81
_MOST_BUFFERED: Final = 64 * 1024


def text_frame(text: str) -> bytes:
    """Return `text` as one whole, unmasked frame (RFC 6455, 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        head = bytes((_TEXT_WHOLE, size))
    elif size < 1 << 16:
        head = bytes((_TEXT_WHOLE, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((_TEXT_WHOLE, 127)) + size.to_bytes(8, "big")
    return head + payload


class Wire:
    """One page's transport. What everybody gets is gathered (`put`) and written together; `send` waits for nothing."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._gathered: list[bytes] = []
        self._size = 0

    def put(self, frame: bytes) -> bool:
        """Keep a frame for the next `flush`; False when the page does not keep up: what came before is written."""
        if not self._keeps_up():
            return False
        self._gathered.append(frame)
        self._size += len(frame)
        return True

    def send(self, frame: bytes) -> bool:
        """Write a frame now, after those that were gathered; False when the page does not keep up."""
        if not self._keeps_up():
            return False
        self._gathered.append(frame)
        self.flush()
        return True

    def flush(self) -> None:
        """Write what was gathered."""
        if self._gathered and not self._transport.is_closing():
            self._transport.write(b"".join(self._gathered))
        self._gathered.clear()
        self._size = 0

    def _keeps_up(self) -> bool:
        if self._transport.is_closing():
            return False
        if self._transport.get_write_buffer_size() + self._size <= _MOST_BUFFERED:
            return True
        self.flush()  # the queue takes over from here, and nothing may overtake what came before
        return False
