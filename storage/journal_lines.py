"""How a journal looks on the disk: folders, segment names, lines. Owns the format; must not know who writes or reads.

`<journal>/<node>/000001.jsonl`, `000002.jsonl` … A line is eight hexadecimal digits of CRC-32, a space, the entry as
JSON and a line end. A last line without its line end is torn: it was never acknowledged, and nothing is appended to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import crc32

from calls.journal_entries import JournalEntry

SEGMENT_NAME: Final = re.compile(r"^\d{6,}\.jsonl$")
_CRC_LENGTH: Final = 8


class DamagedLine(ValueError):
    """A line whose checksum or form is wrong: a disk fault or a foreign hand, never a crash of ours."""


def encode_line(entry: JournalEntry) -> bytes:
    """Return the entry as one line, with its line end."""
    body = entry.to_json().encode("ascii")
    return b"%08x %b\n" % (crc32(body), body)


def decode_line(line: bytes) -> JournalEntry:
    """Read one line without its line end. Raises DamagedLine."""
    body = line[_CRC_LENGTH + 1 :]
    if line[_CRC_LENGTH : _CRC_LENGTH + 1] != b" " or line[:_CRC_LENGTH] != b"%08x" % crc32(body):
        raise DamagedLine(f"wrong checksum in a line of {len(line)} bytes")
    try:
        return JournalEntry.from_json(body.decode("ascii"))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedLine(f"not a journal entry: {error}") from error


def segments_of(node_folder: Path) -> list[Path]:
    """Return the node's segments, oldest first (by number: the clock may have jumped)."""
    try:
        found = [path for path in node_folder.iterdir() if SEGMENT_NAME.match(path.name)]
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda path: int(path.stem))


def node_folders(journal_folder: Path) -> list[Path]:
    """Return the folder of every node that has ever written below `journal_folder`."""
    try:
        return sorted(path for path in journal_folder.iterdir() if path.is_dir() and path.name.isdigit())
    except FileNotFoundError:
        return []


def whole_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (offset just behind the line, line without its end) for each whole line; a torn last line is left out."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield end + 1, data[start:end]
        start = end + 1
