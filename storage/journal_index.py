"""Finds the entries of one call in every node's segments. Owns an index of the recent past; must not write anything.

The second server asks for a call whose server died a moment ago, and a call's server asks for what was written of it
before: both want the last minutes, not the archive. So only the last `window` bytes of a segment are looked at, each
byte once; later questions read what has grown since.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Final

from calls.ids import LinkedId
from calls.journal_entries import JournalEntry
from storage.journal_lines import DamagedLine, decode_line, node_folders, segments_of

_LINKED_ID: Final = re.compile(rb'^[0-9a-f]{8} \{"linkedid":"([^"\\]{1,64})"', re.MULTILINE)
_OFFSET_BITS: Final = 40


class JournalIndex:
    """Index of recent lines by call, over every node below the given journal folders. Thread-safe."""

    def __init__(self, *folders: Path, window: int = 8 << 20, most_calls: int = 50_000) -> None:
        self._folders = folders
        self._window = window
        self._most_calls = most_calls
        self._seen: dict[Path, int] = {}
        self._segments: list[Path] = []
        # Where each call's lines start: the segment's place in the list above the offset, packed to keep it small.
        self._places: OrderedDict[bytes, list[int]] = OrderedDict()
        self._lock = Lock()

    def entries_of(self, linkedid: LinkedId) -> list[JournalEntry]:
        """Return the call's recent entries in step order, each step once."""
        self.look()
        with self._lock:
            places = list(self._places.get(linkedid.encode("ascii", "replace"), ()))
        entries: dict[int, JournalEntry] = {}
        for place in places:
            try:
                entry = decode_line(self._line_at(place))
            except (DamagedLine, OSError):  # the relay reports it; here the step is simply not known
                continue
            entries.setdefault(entry.step, entry)
        return [entries[step] for step in sorted(entries)]

    def _line_at(self, place: int) -> bytes:
        with self._segments[place >> _OFFSET_BITS].open("rb") as file:
            file.seek(place & ((1 << _OFFSET_BITS) - 1))
            return file.readline().rstrip(b"\n")

    def look(self) -> None:
        """Take in what every node wrote since the last look: its newest two segments, in case it has just rotated."""
        with self._lock:
            for folder in self._folders:
                for node in node_folders(folder):
                    for segment in segments_of(node)[-2:]:
                        self._take(segment)

    def _take(self, segment: Path) -> None:
        try:
            size = segment.stat().st_size
            start = max(self._seen.get(segment, 0), size - self._window)
            if size <= start:
                return
            with segment.open("rb") as file:
                file.seek(start)
                data = file.read(size - start)
        except FileNotFoundError:  # purged between the listing and now
            return
        whole = data.rfind(b"\n") + 1
        if segment not in self._seen:
            self._segments.append(segment)
        self._seen[segment] = start + whole
        base = (self._segments.index(segment) << _OFFSET_BITS) + start
        places = self._places
        for found in _LINKED_ID.finditer(data, 0, whole):
            places.setdefault(found[1], []).append(base + found.start())
        while len(places) > self._most_calls:
            places.popitem(last=False)
