"""Keys of recordings: one a month, each wrapped by the master key. Owns their files and their destruction.

A month whose key is destroyed cannot be heard by anybody any more, wherever its files were copied to. Must not know
what is encrypted with them. The master key is given: who keeps it is the composition root's business.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.durable_file import write_durably

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_MONTH: Final = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


class KeyGoneError(Exception):
    """The month's key was destroyed, or is not here: what it locked cannot be heard. `str(error)` says which."""


class KeyDamagedError(Exception):
    """The month's key does not open with the master key: another installation's, or changed."""


def month_of(moment: datetime) -> str:
    """Return `2026-11` for a time of November 2026 (UTC)."""
    return f"{moment.astimezone(UTC):%Y-%m}"


class MonthKeys:
    """The keys in one folder. Small files, read when wanted: two processes may use the folder at once."""

    def __init__(self, folder: Path, master: bytes) -> None:
        """`master`: 32 bytes. Raises ValueError when it has another length."""
        if len(master) != KEY_BYTES:
            raise ValueError(f"the master key of recordings has {len(master)} bytes; it needs {KEY_BYTES}")
        self._folder = folder
        self._cipher = AESGCM(master)
        self.folder, self.master = folder, master

    def key_of(self, month: str) -> bytes:
        """Return the key of a month. Raises KeyGoneError, KeyDamagedError, OSError."""
        path = self._path(month)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            gone = "was destroyed" if self.is_destroyed(month) else f"is not here ({path})"
            raise KeyGoneError(f"the key of {month} {gone}") from None
        try:
            wrapped = base64.b64decode(json.loads(raw)["key"])
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], month.encode())
        except (ValueError, KeyError, TypeError, InvalidTag):
            raise KeyDamagedError(f"{path} does not open with the master key; restore both from one backup") from None

    def for_sealing(self, *months: str) -> tuple[str, bytes]:
        """Return the first of the months whose key is not destroyed, and its key, made when there was none.

        Raises KeyGoneError when all are destroyed, KeyDamagedError, OSError.
        """
        for month in months:
            if self.is_destroyed(month):
                continue
            if not self._path(month).exists():
                self._make(month)
            return month, self.key_of(month)
        raise KeyGoneError(f"the keys of {', '.join(months)} were destroyed")

    def is_destroyed(self, month: str) -> bool:
        """Say whether the month's key was destroyed on purpose."""
        return self._path(month).with_suffix(".destroyed").exists()

    def months(self) -> list[str]:
        """Return the months that have a key, oldest first."""
        return sorted(path.stem for path in self._folder.glob("*.key") if _MONTH.fullmatch(path.stem))

    def destroy(self, month: str) -> bool:
        """Destroy the month's key for good; False when there was none. A copy in a backup is not reached from here.

        The mark is written first: after a crash between the two the key is gone at the next try, never half gone.
        """
        path = self._path(month)
        if not path.exists():
            return False
        write_durably(path.with_suffix(".destroyed"), b"")
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        return True

    def _make(self, month: str) -> None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = nonce + self._cipher.encrypt(nonce, secrets.token_bytes(KEY_BYTES), month.encode())
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._folder / f".{month}.{secrets.token_hex(4)}.new"
        write_durably(fresh, json.dumps({"month": month, "key": base64.b64encode(wrapped).decode()}).encode())
        fresh.chmod(0o600)
        try:
            os.link(fresh, self._path(month))  # of two that make it at once, one wins and both use that one
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _path(self, month: str) -> Path:
        if not _MONTH.fullmatch(month):
            raise KeyGoneError(f"{month[:20]!r} is no month")
        return self._folder / f"{month}.key"
