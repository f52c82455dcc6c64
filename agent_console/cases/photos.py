"""Photos of a case: accepted, cleaned, stored. Owns file names (our own ids only) and the removal of metadata.

A telephone writes its owner's place, device and sometimes name into a picture; none of that may reach a crew.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 10 * 1024 * 1024
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"pHYs"})
_JPEG_DROPPED: Final = frozenset({*range(0xE1, 0xF0), 0xFE})  # APP1…APP15 (Exif, XMP, IPTC), comments


class NotAPhoto(ValueError):
    """The bytes are not a JPEG or PNG picture; the text says so to the sender."""


def cleaned(data: bytes) -> tuple[bytes, str]:
    """Return (picture without metadata, suffix). Raises NotAPhoto."""
    try:
        if data.startswith(_PNG):
            return _clean_png(data), ".png"
        if data.startswith(b"\xff\xd8\xff"):
            return _clean_jpeg(data), ".jpg"
    except (struct.error, IndexError) as error:
        raise NotAPhoto("the picture is damaged: send it again") from error
    raise NotAPhoto("send a JPEG or PNG picture")


def _clean_png(data: bytes) -> bytes:
    kept, position = [_PNG], len(_PNG)
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise NotAPhoto("the picture is cut off: send it again")
        if kind in _PNG_KEPT:
            kept.append(data[position:end])
        position = end
        if kind == b"IEND":
            return b"".join(kept)
    raise NotAPhoto("the picture is cut off: send it again")


def _clean_jpeg(data: bytes) -> bytes:
    kept, position = [data[:2]], 2
    while True:
        mark, code, length = struct.unpack_from(">BBH", data, position)
        if mark != 0xFF:
            raise NotAPhoto("the picture is damaged: send it again")
        if code == 0xDA:  # the picture itself: the rest is taken as it is
            kept.append(data[position:])
            return b"".join(kept)
        if code not in _JPEG_DROPPED:
            kept.append(data[position : position + 2 + length])
        position += 2 + length


def store(folder: Path, case: str, data: bytes) -> str:
    """Write a picture durably and return its id (`sha256.suffix`); the same picture again is the same file. Blocks."""
    picture, suffix = cleaned(data)
    name = hashlib.sha256(picture).hexdigest()[:32] + suffix
    path = folder / case / name
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(picture)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return name


def find(folder: Path, case: str, name: str) -> Path | None:
    """Return the stored picture, or None; `case` and `name` must have the shape we gave them."""
    stem, dot, suffix = name.partition(".")
    if not (case.isdigit() and dot and suffix in ("jpg", "png") and len(stem) == 32 and stem.isalnum()):
        return None
    path = folder / case / name
    return path if path.is_file() else None
