"""A sealed file: parts (sound, peaks) encrypted in chunks, read from any position. Owns the format.

    magic · length of the header (2 bytes) · header (JSON) · chunks

Each file has a key of its own, wrapped in the header by the key of its month. A chunk is AES-256-GCM; its number is
its nonce, and the header's digest and its number are authenticated with it. So a changed byte anywhere, chunks in
another order, a chunk or a header of another file, a shorter or a longer file are all found, and never read.
Must not know audio, rows, or who may listen.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recordings.month_keys import KEY_BYTES, NONCE_BYTES, MonthKeys

MAGIC: Final = b"CENTVLT1"
CHUNK: Final = 32 * 1024
"""Bytes of content in a chunk: at the usual rate some ten seconds of speech."""
TAG: Final = 16
_LENGTH: Final = struct.Struct(">H")
_MOST_HEADER: Final = 8192


class TamperedError(Exception):
    """The file is not what was sealed: changed, shortened, exchanged. `str(error)` says where; nothing was read."""


@dataclass(frozen=True, slots=True)
class Part:
    """Content under a name. `media`: its media type."""

    media: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PartPlace:
    """Where a part lies in the content: offset and size in bytes."""

    media: str
    offset: int
    size: int


def seal(
    target: Path, recording: str, month: tuple[str, bytes], parts: Mapping[str, Part], *, seconds: float = 0.0
) -> int:
    """Write a sealed file and return its size. `month`: name and key. Raises OSError.

    The file is written aside, synced, read back and compared before it takes its name: after a crash at any step
    there is a whole file under the name, or none. What stood there before is replaced.
    """
    key = secrets.token_bytes(KEY_BYTES)
    header: dict[str, Any] = {
        "chunk": CHUNK,
        "id": recording,
        "month": month[0],
        "parts": [[name, part.media, len(part.data)] for name, part in parts.items()],
        "seconds": round(seconds, 3),
    }
    nonce = secrets.token_bytes(NONCE_BYTES)
    wrapped = nonce + AESGCM(month[1]).encrypt(nonce, key, _bound(header))
    head = _encoded(header | {"key": base64.b64encode(wrapped).decode()})
    content = b"".join(part.data for part in parts.values())
    cipher, digest = AESGCM(key), hashlib.sha256(head).digest()
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        with fresh.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(MAGIC + _LENGTH.pack(len(head)) + head)
            for number in range(-(-len(content) // CHUNK)):
                plain = content[number * CHUNK : (number + 1) * CHUNK]
                file.write(cipher.encrypt(_nonce(number), plain, _aad(digest, number)))
            file.flush()
            os.fsync(file.fileno())
        written = SealedFile(fresh, header, key, digest, len(MAGIC) + _LENGTH.size + len(head))
        if b"".join(written.pieces(0, written.size)) != content:
            raise OSError(f"{target.name} reads back otherwise than it was written")
        size = fresh.stat().st_size
        fresh.replace(target)
    except TamperedError as error:
        raise OSError(f"{target.name} reads back otherwise than it was written: {error}") from error
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return size


@dataclass(frozen=True, slots=True)
class SealedFile:
    """An opened file; nothing is held open. Reading raises TamperedError or OSError. Made by `open_sealed`."""

    path: Path
    header: Mapping[str, Any]
    key: bytes
    digest: bytes
    begins: int

    @property
    def seconds(self) -> float:
        """Length of the sound, as it was when sealed."""
        return float(self.header["seconds"])

    @property
    def size(self) -> int:
        """Bytes of content, all parts together."""
        return sum(int(size) for _, _, size in self.header["parts"])

    def part(self, name: str) -> PartPlace:
        """Return where a part lies. Raises KeyError when there is none of this name."""
        offset = 0
        for known, media, size in self.header["parts"]:
            if known == name:
                return PartPlace(str(media), offset, int(size))
            offset += int(size)
        raise KeyError(name)

    def read(self, name: str) -> bytes:
        """Return a whole part."""
        place = self.part(name)
        return b"".join(self.pieces(place.offset, place.offset + place.size))

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the content from `start` to before `stop`, a chunk at a time; only those chunks are decrypted."""
        stop = min(stop, self.size)
        if start >= stop:
            return
        cipher = AESGCM(self.key)
        with self.path.open("rb") as file:
            self._check_size(os.fstat(file.fileno()).st_size)
            for number in range(start // CHUNK, -(-stop // CHUNK)):
                begin = number * CHUNK
                file.seek(self.begins + number * (CHUNK + TAG))
                sealed = file.read(min(CHUNK, self.size - begin) + TAG)
                try:
                    plain = cipher.decrypt(_nonce(number), sealed, _aad(self.digest, number))
                except (InvalidTag, ValueError):
                    raise TamperedError(f"{self.path.name}: chunk {number} was changed") from None
                yield plain[max(0, start - begin) : stop - begin]

    def verify(self) -> None:
        """Read everything and keep nothing."""
        for _ in self.pieces(0, self.size):
            pass

    def _check_size(self, found: int) -> None:
        expected = self.begins + self.size + -(-self.size // CHUNK) * TAG
        if found != expected:
            raise TamperedError(f"{self.path.name} has {found} bytes, it was sealed with {expected}")


def read_header(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the header and its bytes, unproved: good for counting only. Raises TamperedError, OSError."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC) + _LENGTH.size)
        if len(start) < len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
            raise TamperedError(f"{path.name} is no sealed file")
        (length,) = _LENGTH.unpack_from(start, len(MAGIC))
        head = file.read(length)
    try:
        header = json.loads(head)
        parts = [(str(name), str(media), int(size)) for name, media, size in header["parts"]]
        good = header["chunk"] == CHUNK and length <= _MOST_HEADER and all(size >= 0 for _, _, size in parts)
        good = good and {"id", "month", "key", "seconds"} <= header.keys()
    except (ValueError, KeyError, TypeError, RecursionError):
        good = False
    if not good or _encoded(header) != head:
        raise TamperedError(f"{path.name}: its header was changed")
    return header, head


def open_sealed(path: Path, recording: str, keys: MonthKeys) -> SealedFile:
    """Open the file of that recording. Raises TamperedError (another recording's, too), KeyGoneError, OSError."""
    header, head = read_header(path)
    if header["id"] != recording:
        raise TamperedError(f"{path.name} was sealed as {str(header['id'])[:64]!r}, not as {recording!r}")
    month_key = keys.key_of(str(header["month"]))
    unbound = {name: value for name, value in header.items() if name != "key"}
    try:
        wrapped = base64.b64decode(str(header["key"]), validate=True)
        key = AESGCM(month_key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(unbound))
    except (InvalidTag, ValueError):
        raise TamperedError(f"{path.name}: its header was changed") from None
    begins = len(MAGIC) + _LENGTH.size + len(head)
    found = SealedFile(path, unbound, key, hashlib.sha256(head).digest(), begins)
    found._check_size(path.stat().st_size)
    return found


def _encoded(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode("ascii")


def _bound(header: Mapping[str, Any]) -> bytes:
    return MAGIC + _encoded(header)


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


def _aad(digest: bytes, number: int) -> bytes:
    return digest + number.to_bytes(8, "big")
