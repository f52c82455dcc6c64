"""Rings the duty telephones about critical alarms until somebody takes them. Must not know how an alarm is raised.

One call at a time, whatever the number of alarms. What cannot be rung (the exchange is away) is logged, tried again,
and stands on the board meanwhile. The outbox has a row for each alarm, delivered when somebody took it or it cleared.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from calls.channel_variables import ALARM
from calls.events import Event, EventType
from calls.ports import (
    CallControl,
    CallControlError,
    Clock,
    EventBus,
    OrderScripts,
    OrderToRead,
    SentenceSpeaker,
    SpeechError,
)
from cases.alarm_calls import Patience, next_call
from cases.alarm_text import WORDS, language_spoken, spoken_alarm
from cases.ladder import AttemptOutcome
from dispatch.reading import AttemptResult
from dispatch.telephone_path import TelephoneAnswers
from storage import alarm_call_repository, alarm_repository, outbox_repository
from storage.alarm_repository import Alarm
from storage.database import Database

_log = logging.getLogger(__name__)
CONTEXT: Final = "alarm-call"
CRITICAL: Final = "critical"


@dataclass(slots=True)
class AlarmWorker:
    """Run `run()` until cancelled. `duty`: telephones as written in town.yaml; `dial`: → dial string, None: no line.

    Times in seconds.
    """

    database: Database
    calls: CallControl
    speaker: SentenceSpeaker
    scripts: OrderScripts
    answers: TelephoneAnswers
    bus: EventBus
    clock: Clock
    duty: Callable[[], Sequence[str]]
    dial: Callable[[str], str | None]
    language: Callable[[], str]
    caller_id: str = "Centrala"
    patience: Patience = field(default_factory=Patience)
    poll: float = 2.0
    ring_time: float = 30.0
    call_time: float = 120.0

    async def run(self) -> None:
        """Look and ring for ever; an outage of the database is waited out."""
        broken_closed = False
        while True:
            try:
                if not broken_closed:
                    async with self.database.begin() as connection:
                        await alarm_call_repository.close_broken(connection, self.clock())
                    broken_closed = True
                await self.step()
            except OSError as error:
                _log.warning("nobody can be told of alarms now: %s", error)
            await asyncio.sleep(self.poll)

    async def step(self) -> bool:
        """Ring at most one telephone; True when one was rung. Raises OSError when the database is away."""
        due = await self._due()
        if due is None:
            return False
        alarm, target = due
        async with self.database.begin() as connection:
            number = await alarm_call_repository.begin(connection, alarm, target, self.clock())
        _log.warning("ringing %s about alarm %s", target, alarm.id)
        await self._tell(alarm, target, "calling")
        result = await self._ring(alarm, target, number)
        async with self.database.begin() as connection:
            await alarm_call_repository.end(
                connection, number, outcome=result.outcome.value, detail=result.detail, now=self.clock()
            )
            if result.outcome is AttemptOutcome.ACKNOWLEDGED:
                await outbox_repository.delivered_by_key(connection, _key(alarm), self.clock())
        if result.outcome is not AttemptOutcome.ACKNOWLEDGED:
            _log.error("alarm %s: %s: %s %s", alarm.id, target, result.outcome.value, result.detail)
        await self._tell(alarm, target, result.outcome.value)
        return True

    async def _due(self) -> tuple[Alarm, str] | None:
        now = self.clock()
        async with self.database.begin() as connection:
            alarms = [one for one in await alarm_repository.active_alarms(connection) if one.level == CRITICAL]
            past = await alarm_call_repository.calls_about(connection, alarms)
            for alarm in alarms:
                await outbox_repository.put(
                    connection,
                    kind="alarm",
                    recipient="duty",
                    payload={"alarm": alarm.id},
                    idempotency_key=_key(alarm),
                    now=now,
                )
        if any(call.ended_at is None for calls in past.values() for call in calls):
            return None
        plans = [(next_call(past[alarm.id], self.duty(), alarm.since, self.patience), alarm) for alarm in alarms]
        ready = [(plan.at, alarm, plan.target) for plan, alarm in plans if plan is not None and plan.at <= now]
        if not ready:
            return None
        _, alarm, target = min(ready, key=lambda one: one[0])
        return alarm, target

    async def _ring(self, alarm: Alarm, target: str, number: int) -> AttemptResult:
        endpoint = self.dial(target)
        if endpoint is None:
            return AttemptResult(AttemptOutcome.FAILED, detail=f"no line can call {target}")
        language = language_spoken(self.language())
        words = WORDS[language]
        script_id = f"alarm-{hashlib.sha256(alarm.id.encode()).hexdigest()[:24]}"
        try:
            sounds = tuple([await self.speaker.speak(one, language) for one in spoken_alarm(alarm.id, language)])
            replies = {
                "acknowledged": await self.speaker.speak(words.taken, language),
                "handed_over": await self.speaker.speak(words.next_person, language),
                "no_key": await self.speaker.speak(words.nobody, language),
                "wrong_key": await self.speaker.speak(words.wrong_key, language),
            }
            script = OrderToRead(language, sounds, number, replies)
            await asyncio.to_thread(self.scripts.put, script_id, script)
        except (SpeechError, OSError, ValueError) as error:
            return AttemptResult(AttemptOutcome.FAILED, detail=f"the alarm could not be spoken: {error}")
        try:
            uniqueid = await self.calls.originate(
                endpoint=endpoint,
                context=CONTEXT,
                extension="s",
                variables={ALARM: script_id},
                caller_id=self.caller_id,
                timeout=self.ring_time,
            )
        except CallControlError as error:
            return AttemptResult(AttemptOutcome.NO_ANSWER, detail=str(error))
        return await self._answer(uniqueid, script_id, number)

    async def _answer(self, uniqueid: str, script_id: str, number: int) -> AttemptResult:
        try:
            async with asyncio.timeout(self.call_time):
                while True:
                    try:
                        found = await self.answers(uniqueid, script_id, number)
                    except OSError as error:
                        _log.warning("the answer to an alarm cannot be looked for now: %s", error)
                        found = None
                    if found is not None:
                        return found
                    await asyncio.sleep(0.25)
        except TimeoutError:
            return AttemptResult(AttemptOutcome.NO_KEY, detail="the call ended without an answer in the journal")

    async def _tell(self, alarm: Alarm, target: str, state: str) -> None:
        data = {"id": alarm.id, "level": alarm.level, "text": alarm.text, "mend": alarm.mend, "active": True}
        await self.bus.publish(Event(EventType.ALARM, self.clock(), data | {"call": state, "target": target}))


def _key(alarm: Alarm) -> str:
    return f"alarm:{alarm.id}:{_stamp(alarm.since)}"


def _stamp(since: datetime) -> str:
    return since.strftime("%Y%m%d%H%M%S%f")
