"""Where the answer to an order on the telephone is found: in the journal, at once, without waiting for the relay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from calls.ids import LinkedId
from calls.journal_entries import EntryKind, JournalEntry
from cases.ladder import AttemptOutcome
from dispatch.reading import AttemptResult
from dispatch.telephone_path import TelephoneAnswers


def journal_answers(entries_of: Callable[[LinkedId], Sequence[JournalEntry]]) -> TelephoneAnswers:
    """Return a TelephoneAnswers over `entries_of` (storage's JournalIndex), which runs in an executor."""

    kinds = {EntryKind.ORDER_ANSWERED: "order", EntryKind.ALARM_ANSWERED: "alarm"}

    async def answer_of(uniqueid: str, order: str, number: int) -> AttemptResult | None:
        # A call that the product itself placed has its first channel's id as its call id.
        for entry in await asyncio.to_thread(entries_of, LinkedId(uniqueid)):
            data = entry.data
            subject = data.get(kinds.get(entry.kind, ""))
            if subject == order and data.get("attempt") == number:
                return AttemptResult(AttemptOutcome(data["outcome"]), str(data.get("keys", "")))
        return None

    return answer_of
