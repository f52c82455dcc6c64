"""Reads `Master.csv` and its rotated forms as they grow. Owns a file's identity and whole lines; must not know SQL.

A file is known by its first line (it holds a time and a channel id), so it keeps its identity when it is renamed, and
a new or truncated file is a new one. A torn last line waits.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calls.cel import CelRow, parse_cel_line

_LOG: Final = logging.getLogger(__name__)
_ROW_BEGINS: Final = re.compile(rb'"[A-Z]')
_NAME: Final = re.compile(r"^Master\.csv(\.\d+|-\d+)?$")
_READ_BYTES: Final = 1 << 20
SOURCE_PREFIX: Final = "cel:"


@dataclass(frozen=True, slots=True)
class CelBatch:
    """Rows of one file with the byte offset of each, and where to go on."""

    source: str
    rows: tuple[tuple[int, CelRow], ...]
    position: int


class CelFiles:
    """The files of one `cel-custom` folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` may not exist yet: then there is nothing to read."""
        self._folder = folder
        self._sources: dict[tuple[int, int], tuple[str, int]] = {}  # (device, inode) → source, size when identified

    def next_batch(self, positions: Mapping[str, int], limit: int) -> CelBatch | None:
        """Return the next rows of the oldest file that has unread whole lines; None when all is read. Blocking."""
        for path in self._files():
            source = self._source_of(path)
            if source is None:
                continue
            batch = _read(path, source, positions.get(source, 0), limit)
            if batch is not None:
                return batch
        return None

    def unread_bytes(self, positions: Mapping[str, int]) -> int:
        """Return how many bytes lie unread."""
        total = 0
        for path in self._files():
            source = self._source_of(path)
            total += max(path.stat().st_size - positions.get(source or "", 0), 0)
        return total

    def _files(self) -> list[Path]:
        try:
            found = [path for path in self._folder.iterdir() if _NAME.match(path.name)]
            return sorted(found, key=lambda path: path.stat().st_mtime_ns)
        except FileNotFoundError:  # no folder yet, or a file renamed between the two looks: the next look sees it
            return []

    def _source_of(self, path: Path) -> str | None:
        try:
            status = path.stat()
            key = (status.st_dev, status.st_ino)
            known = self._sources.get(key)
            if known is not None and known[1] <= status.st_size:
                return known[0]
            with path.open("rb") as file:
                first = file.readline(1 << 16)
        except FileNotFoundError:
            return None
        if not first.endswith(b"\n"):
            return None
        source = SOURCE_PREFIX + hashlib.sha256(first).hexdigest()[:24]
        self._sources[key] = (source, status.st_size)
        return source


def _row_end(data: bytes, start: int) -> int:
    """Return where the row that begins at `start` ends, -1 when it goes on past `data`.

    A caller can present a number with a line end in it, and SIP lets it through: inside quotes it ends no row. A row
    that a kill tore ends where the next one begins; no caller's text can look like that: its quotes are written twice.
    """
    end = data.find(b"\n", start)
    while end >= 0 and data.count(b'"', start, end) % 2:
        if _ROW_BEGINS.match(data, end + 1):
            return end
        end = data.find(b"\n", end + 1)
    return end


def _read(path: Path, source: str, position: int, limit: int) -> CelBatch | None:
    try:
        with path.open("rb") as file:
            file.seek(position)
            data = file.read(_READ_BYTES)
    except FileNotFoundError:
        return None
    rows: list[tuple[int, CelRow]] = []
    start = 0
    while len(rows) < limit and (end := _row_end(data, start)) >= 0:
        text = data[start:end].decode("utf-8", "replace").rstrip("\r")
        try:
            rows.append((position + start, parse_cel_line(text)))
        except ValueError as error:
            _LOG.error("%s: line at byte %d passed over: %s", path, position + start, error)
        start = end + 1
    if start == 0 and len(data) == _READ_BYTES:
        _LOG.error("%s: a line at byte %d is longer than %d bytes and is passed over", path, position, _READ_BYTES)
        start = len(data)
    return CelBatch(source, tuple(rows), position + start) if start else None
