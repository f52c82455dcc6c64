"""The console's link to the PBX: two AMI connections, hints in, actions out, and the comparison after each reconnect.

Owns when the picture is compared (after every login, and on a timer); what is compared belongs to `storage.reconcile`
and `agent_console.call_board`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from agent_console.call_board import CallBoard, LiveCall
from ami.browser_phones import AmiBrowserPhones
from ami.call_control import AmiCallControl
from ami.client import AmiAccount, AmiClient, AmiMessage
from ami.conversation_news import News, PhoneHold, PhoneTransfer, news_events, parse_news
from ami.lines import AmiLines
from ami.messages import AgentCalled, FullyBooted, PbxMessage, PhoneGone, parse_event
from ami.recorder import AmiRecorder
from ami.translate import to_events
from calls.caller import Caller
from calls.events import Event, EventType
from calls.ids import LinkedId
from calls.phones import extension_of_channel
from calls.ports import CallControlError, Clock, EventBus, PbxSnapshot

log = logging.getLogger(__name__)
COMPARE_EVERY = 30.0

Restore = Callable[[], Awaitable[object]]
Recall = Callable[[str], Awaitable[LiveCall | None]]
Compare = Callable[[PbxSnapshot, datetime | None], Awaitable[None]]
CatchUp = Callable[[], Awaitable[None]]
Agree = Callable[[PbxSnapshot], Awaitable[None]]
NoteHold = Callable[[PhoneHold, datetime], Awaitable[None]]
RenewRecording = Callable[[LinkedId], Awaitable[None]]
NoteTransfer = Callable[[PhoneTransfer, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PbxLinkNeeds:
    """What the link works on. `restore` re-adds the roster, `compare` reconciles the records with a snapshot.

    `catch_up` tells operators' states what telephones did while nobody listened, after `compare` has read the records
    to their end; `agree` makes states and queue members agree with the snapshot; `tell_everybody` lets pages be drawn
    anew that were loaded before the board knew the calls of this moment. `recall` returns what the records know
    of a call that goes on, for a board that a restart has emptied. `note_hold` records that a telephone held its line,
    `note_transfer` that it sent its caller on; `renew_recording` lets who came by that be recorded (docs/adr/0018).
    """

    board: CallBoard
    bus: EventBus
    clock: Clock
    restore: Restore
    compare: Compare
    past_unknown: Callable[[], None]
    catch_up: CatchUp
    agree: Agree
    tell_everybody: Callable[[], Awaitable[None]]
    region: str
    recall: Recall
    note_hold: NoteHold
    note_transfer: NoteTransfer
    renew_recording: RenewRecording


class PbxLink:
    """Run `run()` for the life of the process. `traffic`: (events, bytes) that the reader received."""

    def __init__(
        self, reader: AmiAccount, writer: AmiAccount, control: AmiCallControl, phones: AmiAccount | None = None
    ) -> None:
        self.control = control
        self.traffic = (0, 0)
        self._needs: PbxLinkNeeds | None = None
        self._incoming: asyncio.Queue[PbxMessage | News] = asyncio.Queue()
        self._compare_now = asyncio.Event()
        self._reader = AmiClient(reader, on_event=self._take, on_connected=self._look)
        self._writer = AmiClient(writer, on_event=control.on_event, on_connected=self._look)
        self._keeper = AmiClient(phones) if phones is not None else None
        self.browser_phones = AmiBrowserPhones(control, self._keeper)
        self.lines = AmiLines(self._keeper)
        self.recorder = AmiRecorder(control, self._keeper)
        control.attach(self._writer)

    @property
    def is_up(self) -> bool:
        """Say whether both connections stand."""
        return self._reader.connected.is_set() and self._writer.connected.is_set()

    async def run(self, needs: PbxLinkNeeds) -> None:
        """Keep both connections, pass on what the reader hears, compare. Ends only by cancellation."""
        self._needs = needs
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reader.run())
            tasks.create_task(self._writer.run())
            if self._keeper is not None:
                tasks.create_task(self._keeper.run())
            tasks.create_task(self._pump(needs))
            tasks.create_task(self._compare_for_ever(needs))

    def _take(self, message: AmiMessage) -> None:
        events, size = self.traffic
        self.traffic = (events + 1, size + sum(len(key) + len(value) + 4 for key, value in message.items()))
        parsed = parse_event(message) or parse_news(message)
        if parsed is not None:
            self._incoming.put_nowait(parsed)

    async def _pump(self, needs: PbxLinkNeeds) -> None:
        async with asyncio.TaskGroup() as rescues:
            while True:
                message = await self._incoming.get()
                if isinstance(message, PhoneGone):  # aside: a pop waits for nobody
                    rescues.create_task(self._keep_callers(message.endpoint))
                elif isinstance(message, News):
                    await _tell_news(message, needs)
                    if isinstance(message, PhoneTransfer) and message.attended:
                        rescues.create_task(_renew_recording(message.linkedid, needs))
                else:
                    await self._pass_on(message, needs)

    async def _keep_callers(self, endpoint: str) -> None:
        try:
            for linkedid in await self.browser_phones.keep_callers(endpoint):
                log.info("call %s lost its operator's phone %s and is kept", linkedid, endpoint)
        except CallControlError as error:  # the dialplan keeps the caller when the line has been silent long enough
            log.warning("phone %s is gone; its caller waits for the PBX to see it: %s", endpoint, error)

    async def _pass_on(self, message: PbxMessage, needs: PbxLinkNeeds) -> None:
        if isinstance(message, FullyBooted):
            self._compare_now.set()
        if isinstance(message, AgentCalled):
            # The number goes into this process's memory, never into an event.
            inside = extension_of_channel(message.channel) is not None
            caller = Caller.parse(message.caller_number, needs.region, inside=inside)
            needs.board.note_caller(message.linkedid, caller, needs.clock())
        for event in to_events(message, needs.clock()):
            await needs.bus.publish(event)

    async def _look(self) -> None:
        self._compare_now.set()

    async def _compare_for_ever(self, needs: PbxLinkNeeds) -> None:
        behind = True
        while True:
            try:
                async with asyncio.timeout(COMPARE_EVERY):
                    await self._compare_now.wait()
                restore = True
            except TimeoutError:
                restore = False
            self._compare_now.clear()
            if not self._writer.connected.is_set():
                continue
            try:
                if restore:
                    behind = True
                    needs.past_unknown()
                    await needs.restore()
                snapshot = await self.control.snapshot()
                if restore:
                    await _recall(needs, snapshot)
                for gone in needs.board.adopt(snapshot):
                    # The board learned it from the comparison; the pages learn it from this. CEL says how it ended.
                    await needs.bus.publish(Event(EventType.CALL_ENDED, needs.clock(), {"linkedid": gone}))
                try:
                    await needs.compare(snapshot, await self.control.booted_at())
                    if behind:
                        await needs.catch_up()
                        behind = False
                finally:  # operators do not wait for the database
                    await needs.agree(snapshot)
                    if restore:
                        await needs.tell_everybody()
            except (CallControlError, OSError) as error:
                log.warning("the comparison with the PBX was cut short: %s", error)


async def _tell_news(news: News, needs: PbxLinkNeeds) -> None:
    now = needs.clock()
    for event in news_events(news, now):
        await needs.bus.publish(event)
    try:
        if isinstance(news, PhoneHold):
            await needs.note_hold(news, now)
        elif isinstance(news, PhoneTransfer):
            await needs.note_transfer(news, now)
    except OSError as error:  # a hold then counts as talk; a transfer is seen by who talked
        log.warning("what a telephone did with call %s is not recorded: %s", news.linkedid, error)


async def _renew_recording(linkedid: str, needs: PbxLinkNeeds) -> None:
    try:
        await needs.renew_recording(LinkedId(linkedid))
    except CallControlError as error:
        log.error("call %s: who came by a telephone's keys may be missing from its recording: %s", linkedid, error)


async def _recall(needs: PbxLinkNeeds, snapshot: PbxSnapshot) -> None:
    try:
        for linkedid in needs.board.unknown(snapshot):
            call = await needs.recall(linkedid)
            if call is not None:
                needs.board.recall(call)
    except OSError as error:  # the board then shows what the PBX says, without menu and caller
        log.warning("what the records know of the calls of this moment cannot be read: %s", error)
