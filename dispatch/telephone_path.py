"""One try by telephone: the PBX rings the crew or the duty phone and reads the order. Must not know the ladder or SQL.

The AGI route `order` gets the sounds through `OrderScripts` and journals the answer; here the answer is looked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from calls.channel_variables import ORDER
from calls.ports import (
    CallControl,
    CallControlError,
    NotReached,
    OrderScripts,
    OrderToRead,
    SentenceSpeaker,
    SpeechError,
)
from cases.ladder import AttemptOutcome
from cases.order_reasons import OrderReason
from dispatch.order_script import OrderScript
from dispatch.reading import AttemptResult, not_spoken

_log = logging.getLogger(__name__)
_CONTEXT: Final = "order-call"

TelephoneAnswers = Callable[[str, str, int], Awaitable[AttemptResult | None]]
"""(call id, order, attempt) → what the AGI route journalled, or None so far. Raises OSError when it cannot look."""


@dataclass(frozen=True, slots=True)
class TelephonePath:
    """Times in seconds; `call_time` bounds the whole reading."""

    calls: CallControl
    speaker: SentenceSpeaker
    answers: TelephoneAnswers
    scripts: OrderScripts
    caller_id: str = "Centrala"
    ring_time: float = 30.0
    call_time: float = 120.0
    poll_time: float = 0.25

    async def attempt(
        self,
        *,
        target: str,
        script: OrderScript,
        language: str,
        order: str,
        number: int,
    ) -> tuple[AttemptResult, str | None]:
        """Try once; return how it ended and the call's id if it was answered. The PBX's failures do not raise."""
        try:
            # The order twice; the route itself says which keys there are, and answers them.
            sentences = (*script.once, script.replies.again, *script.once)
            sounds = tuple([await self.speaker.speak(sentence, language) for sentence in sentences])
            await asyncio.to_thread(self.scripts.put, order, OrderToRead(language, sounds, number))
        except (SpeechError, OSError, KeyError, ValueError) as error:
            return not_spoken(error), None
        try:
            uniqueid = await self.calls.originate(
                endpoint=target,
                context=_CONTEXT,
                extension="s",
                variables={ORDER: order},
                caller_id=self.caller_id,
                timeout=self.ring_time,
            )
        except CallControlError as error:
            return AttemptResult(AttemptOutcome.NO_ANSWER, detail=str(error), reason=_reason_of(error)), None
        return await self._wait_for_answer(uniqueid, order, number), uniqueid

    async def _wait_for_answer(self, uniqueid: str, order: str, number: int) -> AttemptResult:
        try:
            async with asyncio.timeout(self.call_time):
                while True:
                    try:
                        answer = await self.answers(uniqueid, order, number)
                    except OSError as error:
                        _log.warning("the answer to order %s cannot be looked for now: %s", order, error)
                        answer = None
                    if answer is not None:
                        return answer
                    await asyncio.sleep(self.poll_time)
        except TimeoutError:
            return AttemptResult(AttemptOutcome.NO_KEY, detail="the call ended without an answer in the journal")


def _reason_of(error: CallControlError) -> OrderReason | None:
    """Return what to say besides "no answer"; None: it rang, and nobody took it."""
    if not isinstance(error, NotReached) or error.fault:
        return OrderReason.UNREACHABLE
    return OrderReason.BUSY if error.busy else None
