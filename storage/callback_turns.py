"""The lock that lets one attempt ring a citizen, for the menu's process. Must not know the telephone."""

from __future__ import annotations

from calls.ports import Clock
from storage import callback_repository
from storage.database import Database


class SqlCallbackTurns:
    """Takes a turn in the main database: whoever changes the row may dial."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(self, callback_id: int, linkedid: str) -> bool:
        """Return whether the call `linkedid` may ring the citizen. Raises DatabaseDown (an OSError)."""
        async with self._database.begin() as connection:
            return await callback_repository.take_turn(connection, callback_id, linkedid, self._clock())
