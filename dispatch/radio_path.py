"""One try by radio: speak to the gateway by SIP, take the key, keep the recording. Must not know the ladder or SQL."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calls.ids import CaseNumber
from calls.ports import RadioEndpoint, RadioError, SentenceSpeaker, SpeechError
from cases.ladder import AttemptOutcome
from cases.order_reasons import OrderReason, reason_of_refusal
from cases.order_text import spoken_number
from dispatch.order_script import OrderScript
from dispatch.reading import AttemptResult, OrderSounds, not_spoken, read_order
from dispatch.sip_types import CallRefused, NoAnswer
from dispatch.wav_files import playable

_log = logging.getLogger(__name__)
_NOBODY: Final = frozenset({408, 480, 486, 487, 600, 603})
"""SIP answers that mean a person or gateway that does not take the call now; others are faults of the path."""


@dataclass(frozen=True, slots=True)
class RadioPath:
    """`answer_timeout`, `key_timeout` in seconds."""

    radio: RadioEndpoint
    speaker: SentenceSpeaker
    answer_timeout: float = 12.0
    key_timeout: float = 8.0

    async def attempt(
        self,
        *,
        target: str,
        script: OrderScript,
        language: str,
        case_number: CaseNumber,
        recording: Path,
        keep: Callable[[AttemptResult], Awaitable[None]],
    ) -> AttemptResult:
        """Try once. Never raises for the radio's or the speech's failure; raises OSError when `keep` failed."""
        try:
            # Before the call: a crew must not be rung by somebody who then cannot speak.
            sounds = await self._sounds(script, language, case_number)
        except (SpeechError, OSError, KeyError) as error:
            return not_spoken(error)
        try:
            call = await self.radio.call(target, answer_timeout=self.answer_timeout, recording=recording)
        except NoAnswer as error:
            reason = None if error.rang else OrderReason.UNREACHABLE
            return AttemptResult(AttemptOutcome.NO_ANSWER, detail=str(error), reason=reason)
        except CallRefused as error:
            outcome = AttemptOutcome.NO_ANSWER if error.code in _NOBODY else AttemptOutcome.FAILED
            reason = reason_of_refusal(error.code)
            return AttemptResult(outcome, detail=str(error), reason=reason, sip_code=error.code)
        except RadioError as error:
            return AttemptResult(AttemptOutcome.FAILED, detail=str(error), reason=OrderReason.UNREACHABLE)
        try:
            return await read_order(call, sounds, key_timeout=self.key_timeout, keep=keep)
        except TimeoutError:
            detail = "the reading did not end"
            return AttemptResult(AttemptOutcome.FAILED, detail=detail, reason=OrderReason.READING_TOO_LONG)
        finally:
            try:
                await call.hang_up()
            except RadioError as error:
                _log.warning("radio: %s", error)

    async def _sounds(self, script: OrderScript, language: str, case_number: CaseNumber) -> OrderSounds:
        replies = script.replies
        said = {sentence: await self._sound(sentence, language) for sentence in dict.fromkeys(script.spoken)}
        acknowledged = replies.acknowledged.format(number=spoken_number(case_number))
        return OrderSounds(
            reading=[said[sentence] for sentence in script.spoken],
            replies={
                AttemptOutcome.ACKNOWLEDGED: await self._sound(acknowledged, language),
                AttemptOutcome.MORE_TIME: await self._sound(replies.more_time, language),
                AttemptOutcome.HANDED_OVER: await self._sound(replies.handed_over, language),
            },
            wrong_key=await self._sound(replies.wrong_key, language),
        )

    async def _sound(self, sentence: str, language: str) -> Path:
        return await asyncio.to_thread(playable, await self.speaker.speak(sentence, language))
