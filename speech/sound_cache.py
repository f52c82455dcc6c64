"""A folder of sounds that may be made again at any time: bounded in size, the longest unused removed first.

Owns which files go; must not know what they say. Several processes may share the folder.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from calls.g711 import Samples
from speech.sound_files import TELEPHONE_FORMATS, sound_path, write_sound

logger = logging.getLogger(__name__)

FRESH_SECONDS: Final = 30.0
"""A sound used so lately is never removed: Asterisk may be about to open it."""


class SoundCache:
    """The folder. Methods touch the disk: the quick ones (`find`) may run in the event loop, `store` may not."""

    def __init__(self, folder: Path, limit_bytes: int, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._clock = clock

    def find(self, name: str) -> Path | None:
        """Return the sound's path without extension when all its files are there, and note that it is in use."""
        stem = self._folder / name
        try:
            found = {path: path.stat() for path in (sound_path(stem, extension) for extension in TELEPHONE_FORMATS)}
            sizes = {status.st_size for status in found.values()}
            if len(sizes) != 1 or 0 in sizes:
                return None
            now = int(self._clock() * 1_000_000_000)
            for path, status in found.items():
                os.utime(path, ns=(now, status.st_mtime_ns))  # the time of change stays: others tell versions by it
        except OSError:
            return None
        return stem

    def store(self, name: str, samples: Samples) -> Path:
        """Write the sound, then make room. Return its path without extension. Raises OSError."""
        stem = self._folder / name
        write_sound(stem, samples)
        self._make_room()
        return stem

    def _make_room(self) -> None:
        """Remove the longest unused files until nine tenths of the limit are left, when over the limit."""
        files = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                try:
                    status = entry.stat()
                except FileNotFoundError:  # the other process was quicker
                    continue
                files.append((status.st_atime, status.st_size, entry.path))
        total = sum(size for _, size, _ in files)
        if total <= self._limit:
            return
        removed = 0
        for used, size, path in sorted(files):
            if total <= self._limit * 0.9 or used > self._clock() - FRESH_SECONDS:
                break
            Path(path).unlink(missing_ok=True)
            total -= size
            removed += 1
        logger.info("made room among spoken sentences: %d files removed", removed)
