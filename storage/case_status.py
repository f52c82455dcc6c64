"""Status of a case for whoever knows its number and PIN. Owns the check of the PIN; must not know who reported."""

from __future__ import annotations

import asyncio
import hmac
from datetime import datetime, timedelta
from typing import Final

from typing_extensions import override

from calls.ids import CaseNumber
from calls.ports import CaseStatusAnswer, CaseStatusLookup, Clock
from storage import case_repository
from storage.case_mint import pin_hash
from storage.database import Database

TIME_LIMIT: Final = 1.5
MOST_WRONG: Final = 10
WRONG_WINDOW: Final = timedelta(hours=1)
_REMEMBERED: Final = 10_000


class SqlCaseStatus(CaseStatusLookup):
    """Looks cases up in the database, within 1.5 s.

    Ten wrong PINs for one case within an hour and it answers nobody for the rest of it: four digits can be tried out.
    """

    def __init__(self, database: Database, pin_key: bytes, clock: Clock) -> None:
        """`pin_key`: the key that the mint hashes PINs with."""
        self._database = database
        self._pin_key = pin_key
        self._clock = clock
        self._wrong: dict[str, tuple[datetime, int]] = {}  # case → first wrong try of the window, how many

    @override
    async def status_of(self, number: CaseNumber, pin: str) -> CaseStatusAnswer | None:
        since, wrong = self._wrong.get(number.digits, (self._clock(), 0))
        if self._clock() - since >= WRONG_WINDOW:
            since, wrong = self._clock(), 0
        if wrong >= MOST_WRONG:
            return None
        async with asyncio.timeout(TIME_LIMIT), self._database.read() as connection:
            case = await case_repository.get(connection, number)
        if case is None:
            return None
        if not hmac.compare_digest(case.pin_hash, pin_hash(self._pin_key, number, pin)):
            if len(self._wrong) >= _REMEMBERED:
                self._wrong.clear()
            self._wrong[number.digits] = (since, wrong + 1)
            return None
        return CaseStatusAnswer(
            number=number,
            status=case.status.value,
            service_code=case.service_code,
            requested_at=case.created_at,
            expected_at=case.due_at,
            closed_at=case.closed_at,
        )
