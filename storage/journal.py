"""The journal: facts of calls, durable before the caller hears of them. Owns one node's segments and the writer thread.

Must not know SQL, calls' meaning or who reads. Appends that arrive while the disk is busy share the next `fdatasync`
(group commit). An error of the disk is final for that segment, because a later `fdatasync` could report success for
what was lost: the journal goes on in a new segment in the spare folder, and when that fails too the append fails.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from typing_extensions import override

from calls.ids import LinkedId
from calls.journal_entries import JournalEntry
from calls.ports import JournalWriter
from storage.journal_index import JournalIndex
from storage.journal_lines import encode_line
from storage.journal_segment import Segment

_log = logging.getLogger(__name__)
_SEGMENT_BYTES: Final = 16 << 20
_IDLE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Lines on their way to the disk, and whom to tell."""

    data: bytes
    done: asyncio.Future[None]
    loop: asyncio.AbstractEventLoop


class Journal(JournalWriter):
    """Durable append for one node. Open it once per process; `close()` waits for what is under way."""

    def __init__(self, *folders: Path, node: int, segment_bytes: int = _SEGMENT_BYTES) -> None:
        """Open a new segment in the first of `folders` that works. Raises OSError when none does."""
        self._node_folders = [folder / str(node) for folder in folders]
        self._segment_bytes = segment_bytes
        self._index = JournalIndex(*folders)
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._segment: Segment | None = None
        self._use_next_folder()
        self._writer = Thread(target=self._write_for_ever, name="journal", daemon=True)
        self._writer.start()

    @override
    async def append(self, *entries: JournalEntry) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.put(_Waiting(b"".join(map(encode_line, entries)), done, loop))
        await done

    @override
    def entries_of(self, linkedid: LinkedId) -> Sequence[JournalEntry]:
        return self._index.entries_of(linkedid)

    def close(self) -> None:
        """Finish what was asked for, then close the segment. Appending afterwards never returns."""
        self._queue.put(None)
        self._writer.join()

    def _write_for_ever(self) -> None:
        closing = False
        while not closing:
            batch, closing = self._take_batch()
            if not batch:
                continue
            error = self._commit(b"".join(waiting.data for waiting in batch))
            for loop in {waiting.loop for waiting in batch}:
                told = [waiting.done for waiting in batch if waiting.loop is loop]
                try:
                    loop.call_soon_threadsafe(_tell, told, error)
                except RuntimeError:  # that loop has ended: nobody waits there any more
                    _log.info("journal: %d appends outlived their event loop", len(told))
        if self._segment is not None:
            self._segment.close()

    def _take_batch(self) -> tuple[list[_Waiting], bool]:
        """Wait for the first, then take all that has come since. True: asked to close."""
        batch: list[_Waiting] = []
        try:
            item = self._queue.get(timeout=_IDLE_SECONDS)
        except Empty:
            self._keep_index_warm()
            return batch, False
        while item is not None:
            batch.append(item)
            if self._queue.empty():
                return batch, False
            item = self._queue.get()
        return batch, True

    def _keep_index_warm(self) -> None:
        """Read what other nodes wrote while nothing else is to be done, so that a take-over need not wait for it."""
        try:
            self._index.look()
        except OSError as error:
            _log.warning("journal: cannot read other nodes' segments: %s", error)

    def _commit(self, data: bytes) -> OSError | None:
        """Put `data` on some disk. Returns the error when no folder took it."""
        try:
            if self._segment is not None and self._segment.size >= self._segment_bytes:
                self._segment.close()
                self._segment = Segment(self._node_folders[0])
        except OSError as error:
            self._give_up_folder(error)
        while self._segment is not None:
            try:
                self._segment.append(data)
            except OSError as error:
                self._give_up_folder(error)
            else:
                return None
        return OSError("the journal has no folder left that can be written")

    def _give_up_folder(self, error: OSError) -> None:
        """Never trust the failed folder again; the same lines go to the next one (readers drop doubles)."""
        _log.critical("journal: %s failed (%s); going on in the spare folder", self._node_folders[0], error)
        self._segment = None
        del self._node_folders[0]
        try:
            self._use_next_folder()
        except OSError as none_left:
            _log.critical("journal: %s", none_left)

    def _use_next_folder(self) -> None:
        while self._node_folders:
            try:
                self._segment = Segment(self._node_folders[0])
            except OSError as error:
                _log.critical("journal: cannot open a segment in %s: %s", self._node_folders[0], error)
                del self._node_folders[0]
            else:
                return
        raise OSError(
            "the journal has no folder that can be written: check that the disk is mounted, free and writable"
        )


def _tell(waiting: list[asyncio.Future[None]], error: OSError | None) -> None:
    for done in waiting:
        if done.done():  # its call was cancelled meanwhile
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
