"""Storing live events aside from the hot path. Owns the bounded buffer between the hub and the database."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from calls.events import Event
from calls.ports import Clock
from storage import live_event_repository
from storage.database import Database, DatabaseDown

_LOG = logging.getLogger(__name__)
_MOST_UNSAVED: Final = 50_000
_BATCH: Final = 500
_STORED: Final = timedelta(days=7)
_RETRY_SECONDS: Final = 1.0
_GATHER_SECONDS: Final = 0.5


class LiveStore:
    """Takes numbered events without waiting, stores them in batches; while the database is down it keeps them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._unsaved: deque[tuple[int, Event]] = deque()
        self._something = asyncio.Event()
        self._purged_at: datetime | None = None
        self.lost = 0

    def __len__(self) -> int:
        return len(self._unsaved)

    def put(self, seq: int, event: Event) -> None:
        """Queue an event; when the buffer is full the oldest is dropped and counted in `lost`."""
        if len(self._unsaved) >= _MOST_UNSAVED:
            self._unsaved.popleft()
            self.lost += 1
        self._unsaved.append((seq, event))
        self._something.set()

    async def run(self) -> None:
        """Store until cancelled."""
        while True:
            await self._something.wait()
            await asyncio.sleep(_GATHER_SECONDS)  # one transaction for what comes together, nobody waits for it
            self._something.clear()
            while self._unsaved:
                if not await self.store_batch():
                    await asyncio.sleep(_RETRY_SECONDS)

    async def store_batch(self) -> bool:
        """Store the oldest events; return False when the database is down."""
        batch = list(islice(self._unsaved, _BATCH))
        now = self._clock()
        try:
            async with self._database.begin() as connection:
                await live_event_repository.append(connection, batch)
                if self._purged_at is None or now - self._purged_at > timedelta(hours=1):
                    await live_event_repository.drop_before(connection, now - _STORED)
                    self._purged_at = now
        except DatabaseDown as error:
            _LOG.warning("%d live events wait for the database: %s", len(self._unsaved), error)
            return False
        newest = batch[-1][0] if batch else 0
        while self._unsaved and self._unsaved[0][0] <= newest:
            self._unsaved.popleft()
        return True

    async def since(self, seq: int, limit: int) -> list[tuple[int, Event]]:
        """Return stored events after `seq`; an empty list when the database is down."""
        try:
            async with self._database.read() as connection:
                return await live_event_repository.since(connection, seq, limit)
        except DatabaseDown as error:
            _LOG.warning("live replay without the database: %s", error)
            return []

    async def last_seq(self) -> int:
        """Return the highest stored number; 0 when there is none or the database is down."""
        try:
            async with self._database.read() as connection:
                return await live_event_repository.last_seq(connection)
        except DatabaseDown:
            return 0
