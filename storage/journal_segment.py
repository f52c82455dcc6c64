"""One segment of the journal, open for appending. Owns its file; must not know entries, threads or other segments."""

from __future__ import annotations

import os
from pathlib import Path

from storage.journal_lines import segments_of


class Segment:
    """A new file that only this process appends to. Not thread-safe: one writer thread owns it."""

    def __init__(self, node_folder: Path) -> None:
        node_folder.mkdir(parents=True, exist_ok=True)
        self.path, self._fd = _create_next(node_folder)
        self.size = 0
        _sync_folder(node_folder)

    def append(self, data: bytes) -> None:
        """Return after `data` is on the disk. Raises OSError; after that the segment must not be used again."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        os.fdatasync(self._fd)
        self.size += len(data)

    def close(self) -> None:
        """Close the file; all that was acknowledged is on the disk already."""
        os.close(self._fd)


def _create_next(node_folder: Path) -> tuple[Path, int]:
    """Create the next segment. Never opens an existing one: its last line may be torn, or another process's."""
    existing = segments_of(node_folder)
    number = int(existing[-1].stem) + 1 if existing else 1
    while True:
        path = node_folder / f"{number:06d}.jsonl"
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o640)
        except FileExistsError:
            number += 1


def _sync_folder(folder: Path) -> None:
    """Make the new file's name durable: without this a power cut could take the whole segment away."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
