"""The live hub: bus events out to every browser, numbered, replayable. Owns sequence numbers and fan-out.

Hot path: one event is numbered, drawn into the call board, encoded once and given to each client, without waiting for
anything: not for the database, not for a client. A pop is written at once; what everybody gets is gathered for some
milliseconds and then written together, because a page costs a write more than it costs an event. Storing events for
replay happens aside in batches; while the database is down a bounded buffer holds them and live goes on. A client that
does not read is cut, not waited for.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from agent_console.access import Permission, may
from agent_console.call_board import CallBoard, pop_data
from agent_console.live_store import LiveStore
from agent_console.live_wire import Wire, text_frame
from agent_console.presence import Presence
from calls.events import Event, EventType
from calls.ports import Clock, EventBus
from storage.database import Database

_KEPT: Final = 4096
_CLIENT_QUEUE: Final = 1000
_GATHER_SECONDS: Final = 0.005
_COME_AGAIN: Final = 1013

# What each type of event asks of its reader. A type that is not listed reaches nobody.
_NEEDS: Final[dict[EventType, Permission]] = {
    **{kind: Permission.BOARD_READ for kind in EventType if kind.value.startswith(("call.", "operator."))},
    EventType.ORDER_CHANGED: Permission.BOARD_READ,
    EventType.CASE_CHANGED: Permission.BOARD_READ,
    EventType.ALARM: Permission.BOARD_READ,
    EventType.NOTICE_CHANGED: Permission.BOARD_READ,
    EventType.POP: Permission.CALLS_READ,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """A numbered event and its text for the wire. `operator`: the only extension that gets it, empty = all."""

    seq: int
    type: EventType
    text: str
    operator: str = ""
    wire: bytes = field(default=b"", repr=False)
    """The text as a WebSocket frame, encoded once for everybody."""


@dataclass(slots=True, eq=False)
class Client:
    """One connected browser or integration. `kind` and `door`: the session or token it came in by.

    `tab`: a signed-in browser, whose closing means that nobody is there.
    """

    role: str
    extension: str
    username: str = ""
    tab: bool = False
    kind: str = ""
    door: str = ""
    scopes: frozenset[str] = frozenset()
    close_code: int = _COME_AGAIN
    queue: asyncio.Queue[Frame | None] = field(default_factory=lambda: asyncio.Queue(_CLIENT_QUEUE))
    cut: bool = False
    wire: Wire | None = None
    """Set once the client has all that came before: frames may then go straight to its transport."""

    def wants(self, frame: Frame) -> bool:
        """Say whether the frame may and should go to this client."""
        need = _NEEDS.get(frame.type)
        if self.cut or need is None or not may(self.role, need) or (self.scopes and need not in self.scopes):
            return False
        return not frame.operator or frame.operator == self.extension


class LiveHub:
    """Numbers, stores and spreads events. Run `run()` in a task of the application."""

    def __init__(self, database: Database, bus: EventBus, board: CallBoard, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self.board = board
        self.store = LiveStore(database, clock)
        self.last_seq = 0
        self._clients: set[Client] = set()
        self._kept: deque[Frame] = deque(maxlen=_KEPT)
        self._watchers: list[Callable[[Event], None]] = []
        self._gathering: asyncio.TimerHandle | None = None
        self.presence = Presence(self._say)

    def watch(self, watcher: Callable[[Event], None]) -> None:
        """Call `watcher` for each event, in this loop, before clients get it; it must be quick."""
        self._watchers.append(watcher)

    async def run(self, ready: asyncio.Event | None = None) -> None:
        """Work until cancelled: read the bus, store aside. `ready` is set once no event can be missed any more."""
        subscription = self._bus.subscribe()
        self.last_seq = max(self.last_seq, await self.store.last_seq())
        if ready is not None:
            ready.set()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.store.run())
                while True:
                    self.take(await subscription.get())
        finally:
            subscription.close()
            self.let_go()

    def take(self, event: Event) -> Frame:
        """Number one event and hand it to everybody who may see it. Never waits."""
        self.board.apply(event)
        now = self._clock()
        self.last_seq = max(self.last_seq + 1, int(now.timestamp() * 1_000_000))
        frame = self._frame(self.last_seq, event)
        self._kept.append(frame)
        self.store.put(self.last_seq, event)
        for client in self._clients:
            if client.wants(frame):
                self._give(client, frame)
        for watcher in self._watchers:
            watcher(event)
        return frame

    def join(
        self,
        role: str,
        extension: str,
        username: str = "",
        *,
        tab: bool = False,
        kind: str = "",
        door: str = "",
        scopes: frozenset[str] = frozenset(),
    ) -> Client:
        """Return a new client that gets every event from now on."""
        client = Client(role=role, extension=extension, username=username, tab=tab, kind=kind, door=door, scopes=scopes)
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
        self.presence.leave(client)

    def connected(self) -> tuple[Client, ...]:
        """Return who is connected by a door of accounts."""
        return tuple(client for client in self._clients if client.kind)

    def dismiss(self, client: Client, close_code: int) -> None:
        """End one connection; what waits for it is not sent any more."""
        client.close_code = close_code
        self._cut(client)

    def let_go(self) -> None:
        """End every connection; browsers come back by themselves."""
        for client in self._clients:
            self._cut(client)

    def tabs(self) -> frozenset[str]:
        """Return the extensions whose operators have a browser open here."""
        return frozenset(client.extension for client in self._clients if client.tab and not client.cut)

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    async def replay(self, client: Client, since: int, upto: int) -> list[Frame]:
        """Return what the client missed: events after `since` up to and including `upto`, oldest first.

        From memory when it reaches back far enough, else from the database; what that cannot give now is left out:
        the client's page loads its state afresh anyway.
        """
        kept = [frame for frame in self._kept if since < frame.seq <= upto]
        oldest = self._kept[0].seq if self._kept else upto + 1
        older: list[Frame] = []
        if since + 1 < oldest:
            stored = await self.store.since(since, _KEPT)
            older = [self._frame(seq, event) for seq, event in stored if seq < oldest and seq <= upto]
        return [frame for frame in (*older, *kept) if client.wants(frame)]

    def _frame(self, seq: int, event: Event) -> Frame:
        data: dict[str, Any] = dict(event.data)
        operator = ""
        if event.type is EventType.POP:
            operator = str(data.get("operator") or "nobody")
            data |= pop_data(self.board.calls.get(str(data.get("linkedid", ""))))
        told = {"seq": seq, "type": event.type.value, "at": event.at.isoformat(), "data": data}
        text = json.dumps(told, default=str)
        return Frame(seq, event.type, text, operator, text_frame(text))

    def _say(self, client: Client, text: str) -> None:
        # Neither numbered nor replayed: whoever comes back says anew where they are.
        self._give(client, Frame(0, EventType.CASE_CHANGED, text, "", text_frame(text)))

    def _give(self, client: Client, frame: Frame) -> None:
        # What waits in the queue comes first; the writer takes a frame out and writes it without a pause between.
        if client.wire is not None and client.queue.empty():
            take = client.wire.send if frame.operator else client.wire.put
            if take(frame.wire):
                self._flush_soon()
                return
        try:
            client.queue.put_nowait(frame)
        except asyncio.QueueFull:
            self._cut(client)

    def _flush_soon(self) -> None:
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._flush)

    def _flush(self) -> None:
        self._gathering = None
        for client in self._clients:
            if client.wire is not None and not client.cut:
                client.wire.flush()

    def _cut(self, client: Client) -> None:
        client.cut = True
        while not client.queue.empty():
            client.queue.get_nowait()
        client.queue.put_nowait(None)
