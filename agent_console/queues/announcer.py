"""Tells waiting callers their place and the expected wait, beside the music. Owns when, and that it ends with the wait.

The queue knows nothing of it: a call of our own whispers into the caller's channel, so an operator who becomes free
meanwhile rings without delay. When this process or the PBX's manager interface is down, nothing is said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from agent_console.call_board import CallBoard, LiveCall
from agent_console.dependencies import ConsoleDependencies
from calls.channel_variables import SOUND, WAITING
from calls.events import Event, EventType
from calls.ids import LinkedId
from calls.ports import CallControlError, PbxSnapshot, SentenceSpeaker, SpeechError
from cases.expected_wait import LONGEST_SAID, expected_wait, minutes_said
from cases.queues import TownQueue
from ivr.spoken import waiting_sentence
from storage.database import DatabaseDown
from storage.handle_times import recent_handle_times

_LOG = logging.getLogger(__name__)
_LOOK_BACK: Final = timedelta(hours=3)
_AT_ONCE: Final = 10
"""Sentences at the same time: each costs two channels."""
_STEP: Final = 1.0
_ANSWER_TIME: Final = 5.0
_LONGEST_SENTENCE: Final = 15.0
_REACHABLE: Final = frozenset({"not_in_use", "in_use", "busy", "ringing", "ring_in_use", "on_hold"})


class WaitAnnouncer:
    """Run `run()` for the life of the console."""

    def __init__(
        self,
        deps: ConsoleDependencies,
        board: CallBoard,
        speaker: SentenceSpeaker,
        offers_callback: Callable[[str], bool] = lambda _queue: False,
    ) -> None:
        """`offers_callback`: says whether callers of that queue may ask to be called back."""
        self._deps = deps
        self._board = board
        self._speaker = speaker
        self._offers_callback = offers_callback
        self._said_at: dict[str, datetime] = {}
        self._whispers: dict[str, str] = {}  # caller's call → the whispering call; empty while that is being placed

    async def run(self) -> None:
        """Announce and fall silent, until cancelled."""
        events = self._deps.bus.subscribe()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._speak_for_ever(tasks))
                while True:
                    await self.on_event(await events.get())
        finally:
            events.close()

    async def _speak_for_ever(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            for call, described in self.due():
                self._said_at[call.linkedid] = self._deps.clock()
                self._whispers[call.linkedid] = ""
                tasks.create_task(self.announce(call, described))
            await asyncio.sleep(_STEP)

    def due(self) -> list[tuple[LiveCall, TownQueue]]:
        """Return who is to be told now, longest wait first, as many as may be told at once."""
        now = self._deps.clock()
        waiting = self._board.waiting()
        self._said_at = {call.linkedid: at for call in waiting if (at := self._said_at.get(call.linkedid))}
        described = {queue.name: queue for queue in self._deps.queues()}
        found = []
        for call in waiting:
            queue = described.get(call.queue)
            if queue is None or queue.announce is None or call.linkedid in self._whispers or call.ringing:
                continue
            last = self._said_at.get(call.linkedid)
            since, length = (call.queued_at, queue.announce.first_s) if last is None else (last, queue.announce.every_s)
            if since is not None and now - since >= timedelta(seconds=length):
                found.append((call, queue))
        return found[: max(0, _AT_ONCE - len(self._whispers))]

    async def announce(self, call: LiveCall, queue: TownQueue) -> None:
        """Whisper one caller's sentence. Never raises: what cannot be said is left out."""
        try:
            snapshot = await self._deps.call_control.snapshot()
            text = await self.sentence(call, queue, snapshot)
            if text is None:
                return
            language = call.language or self._deps.town.languages[0]
            sound = await self._speaker.speak(text, language)
            whisper = await self._deps.call_control.originate(
                endpoint="Local/s@queue-whisper/n",
                context="queue-whisper-sound",
                extension="s",
                variables={WAITING: call.linkedid, SOUND: str(sound)},
                caller_id="Centrala",
                timeout=_ANSWER_TIME,
            )
            self._whispers[call.linkedid] = whisper
            now = self._board.calls.get(call.linkedid)
            if now is None or not now.waiting:
                await self._end(whisper)
            else:
                await asyncio.sleep(_LONGEST_SENTENCE)
        except (CallControlError, SpeechError, OSError, ValueError) as error:
            _LOG.warning("%s waits and is not told how long: %s", call.linkedid, error)
        finally:
            self._whispers.pop(call.linkedid, None)

    async def sentence(self, call: LiveCall, queue: TownQueue, snapshot: PbxSnapshot) -> str | None:
        """Return what the caller is told; None when the PBX has them in this queue no longer."""
        place = next((one.position for one in snapshot.waiting if one.linkedid == call.linkedid), 0)
        if place < 1:
            return None
        at_work = sum(
            one.queue == queue.name and not one.paused and one.device in _REACHABLE for one in snapshot.members
        )
        try:
            async with self._deps.database.read() as connection:
                handled = await recent_handle_times(connection, queue.name, self._deps.clock() - _LOOK_BACK)
        except DatabaseDown:
            handled = []
        return waiting_sentence(
            place,
            minutes_said(expected_wait(place, at_work, handled)),
            call.language or self._deps.town.languages[0],
            longest=LONGEST_SAID,
            offer=self._offers_callback(queue.name),
        )

    async def on_event(self, event: Event) -> None:
        """Fall silent as soon as an operator has answered, or the caller is gone."""
        if event.type in (EventType.CALL_ANSWERED, EventType.CALL_ENDED):
            whisper = self._whispers.get(str(event.data.get("linkedid", "")))
            if whisper:
                await self._end(whisper)

    async def _end(self, whisper: str) -> None:
        try:
            await self._deps.call_control.hang_up(LinkedId(whisper))
        except CallControlError:
            _LOG.debug("whisper %s was over already", whisper)
