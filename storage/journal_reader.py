"""Reads journal segments in order, for the relay. Owns positions inside a segment; must not know SQL or who writes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from calls.journal_entries import JournalEntry
from storage.journal_lines import DamagedLine, decode_line, node_folders, segments_of, whole_lines

_log = logging.getLogger(__name__)
_READ_BYTES: Final = 1 << 20


class JournalReader:
    """Reads every node's segments below the given journal folders (the first one and the spare one)."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def segments(self) -> list[Path]:
        """Return every segment, oldest first within its node. A segment's path is its source in `read_positions`."""
        return [segment for folder in self._folders for node in node_folders(folder) for segment in segments_of(node)]

    def read(self, segment: Path, offset: int, limit: int) -> tuple[Sequence[JournalEntry], int]:
        """Return up to `limit` entries from byte `offset` on, and the offset to go on from.

        The offset does not move past a torn last line. A damaged line is reported in the log and passed over. No
        entries and an unmoved offset mean that there is nothing more for now. Raises OSError when it cannot be read.
        """
        size = _READ_BYTES
        while True:
            with segment.open("rb") as file:
                file.seek(offset)
                data = file.read(size)
            if b"\n" in data or len(data) < size:
                break
            size *= 2  # one line longer than what was read
        entries: list[JournalEntry] = []
        position = offset
        for end, line in whole_lines(data):
            if len(entries) >= limit:
                break
            try:
                entries.append(decode_line(line))
            except DamagedLine as error:
                _log.error("%s: damaged line before byte %d passed over: %s", segment, offset + end, error)
            position = offset + end
        return entries, position
