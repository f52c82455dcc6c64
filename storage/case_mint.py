"""Mints case numbers and PINs on this machine alone: no database, no shared counter, no upper limit.

Owns one small file per node that says from which sequence the next block starts. A block is reserved, durably, before
its first number is given away; a killed process loses the rest of its block and never gives a number twice. The
sequence does not begin anew with the year, so a clock that jumps cannot make a number repeat itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
from pathlib import Path
from threading import Lock
from typing import Final

from typing_extensions import override

from calls.ids import CaseNumber
from calls.ports import CaseMint, Clock
from storage.durable_file import write_durably

BLOCK: Final = 64


class LocalCaseMint(CaseMint):
    """Numbers for one node (0–9). Thread-safe; two processes of one node may overlap (the file is locked)."""

    def __init__(self, folder: Path, node: int, pin_key: bytes, clock: Clock) -> None:
        self._path = folder / f"mint-{node}"
        self._node = node
        self._pin_key = pin_key
        self._clock = clock
        self._lock = Lock()
        self._next = self._end = 0

    @override
    def new_case(self) -> tuple[CaseNumber, str, str]:
        """As the port says. Every 64th waits for the disk (about 1 ms). Raises OSError, ValueError (damaged file)."""
        with self._lock:
            if self._next == self._end:
                self._next = _reserve(self._path)
                self._end = self._next + BLOCK
            sequence = self._next
            self._next += 1
        number = CaseNumber.mint(self._clock().year, self._node, sequence)
        pin = self.pin_of(number)
        return number, pin, pin_hash(self._pin_key, number, pin)

    def pin_of(self, number: CaseNumber) -> str:
        """Return the PIN that belongs to the number, so that a call which goes on after a crash can still say it.

        It is derived with the PIN key. That gives nothing away: whoever has the key can try ten thousand PINs anyway.
        """
        digest = hmac.digest(self._pin_key, b"pin of " + number.digits.encode("ascii"), hashlib.sha256)
        return f"{int.from_bytes(digest[:8], 'big') % 10_000:04d}"


def pin_hash(pin_key: bytes, number: CaseNumber, pin: str) -> str:
    """Return what is stored of a PIN: keyed, and bound to its case."""
    return hmac.new(pin_key, (number.digits + pin).encode("utf-8"), hashlib.sha256).hexdigest()


def _reserve(path: Path) -> int:
    """Move the file's mark one block on, durably, and return where the block starts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        start = _read(path)
        write_durably(path, f"{start + BLOCK}\n".encode("ascii"))
    return start


def _read(path: Path) -> int:
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return 1
    if not text.strip().isdigit() or int(text) < 1:
        raise ValueError(
            f"{path} should hold one number, the next free case sequence: write a higher one than was ever used"
        )
    return int(text)
