"""Reads an order to someone on a line and takes the answer by key. Owns the dialogue; must not know SIP or SQL.

Keys: `1` acknowledged, `2` more time, `3` handed over, `9` again. A key is taken while the order is being spoken, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calls.ports import RadioCall, RadioError
from cases.ladder import AttemptOutcome
from cases.order_reasons import OrderReason

OUTCOMES: Final = {
    "1": AttemptOutcome.ACKNOWLEDGED,
    "2": AttemptOutcome.MORE_TIME,
    "3": AttemptOutcome.HANDED_OVER,
}
_REPEAT: Final = "9"
_MOST_READINGS: Final = 4
_MOST_WRONG: Final = 2
_READING_SECONDS: Final = 180.0


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How a try ended. `keys` as pressed; `reason` for people; `detail` for log and supervisor, in technical words."""

    outcome: AttemptOutcome
    keys: str = ""
    detail: str = ""
    reason: OrderReason | None = None
    sip_code: int | None = None


def not_spoken(error: Exception) -> AttemptResult:
    """Return the end of a try that rang nobody, because there is no voice to speak with."""
    detail = f"the order could not be spoken: {error}"
    return AttemptResult(AttemptOutcome.FAILED, detail=detail, reason=OrderReason.NOT_SPOKEN)


@dataclass(frozen=True, slots=True)
class OrderSounds:
    """WAV files: the whole reading, the answer to each key that ends the call, and to a wrong one."""

    reading: Sequence[Path]
    replies: dict[AttemptOutcome, Path]
    wrong_key: Path


async def read_order(
    call: RadioCall,
    sounds: OrderSounds,
    *,
    key_timeout: float,
    keep: Callable[[AttemptResult], Awaitable[None]],
) -> AttemptResult:
    """Read, take the key, `keep` the answer durably, and only then say that it was received.

    Never raises for the other side's doing: a hang-up in the middle is no key. Raises what `keep` raises (OSError),
    without having confirmed anything.
    """
    keys = ""
    wrong = 0
    readings = 0
    sounds_next: Sequence[Path] = sounds.reading
    while True:
        try:
            key = await _say(call, sounds_next) or await call.wait_for_key(key_timeout)
        except RadioError:
            outcome = AttemptOutcome.WRONG_KEY if wrong else AttemptOutcome.NO_KEY
            return AttemptResult(outcome, keys, "hung up while the order was being read", OrderReason.HUNG_UP)
        if key is None:
            return AttemptResult(AttemptOutcome.WRONG_KEY if wrong else AttemptOutcome.NO_KEY, keys)
        keys += key
        if key in OUTCOMES:
            result = AttemptResult(OUTCOMES[key], keys)
            await keep(result)
            await _confirm(call, sounds.replies[result.outcome])
            return result
        if key == _REPEAT:
            readings += 1
            if readings >= _MOST_READINGS:
                detail = "asked for it again too often"
                return AttemptResult(AttemptOutcome.NO_KEY, keys, detail, OrderReason.ASKED_AGAIN)
            sounds_next = sounds.reading
            continue
        wrong += 1
        if wrong >= _MOST_WRONG:
            return AttemptResult(AttemptOutcome.WRONG_KEY, keys)
        sounds_next = (sounds.wrong_key, sounds.reading[-1])


async def _say(call: RadioCall, sounds: Sequence[Path]) -> str | None:
    """Play one after the other; a key stops it and is returned. Raises RadioError when the other side hung up."""

    async def play_all() -> None:
        for sound in sounds:
            await call.play(sound)

    async with asyncio.timeout(_READING_SECONDS), asyncio.TaskGroup() as group:
        playing = group.create_task(_quietly(play_all()))
        key = group.create_task(call.wait_for_key(_READING_SECONDS))
        await asyncio.wait((playing, key), return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            key.cancel()
        elif key.result() is not None:
            playing.cancel()
    if not playing.cancelled() and (failure := playing.result()) is not None:
        raise failure
    return None if key.cancelled() else key.result()


async def _quietly(work: Awaitable[None]) -> RadioError | None:
    """Return the line's failure instead of raising it, so that a task group does not wrap it."""
    try:
        await work
    except RadioError as error:
        return error
    return None


async def _confirm(call: RadioCall, sound: Path) -> None:
    """Say the confirmation; the answer counts even when they hung up before hearing it."""
    try:
        await call.play(sound)
    except RadioError:
        return
