"""The event bus over a Redis stream, for several processes or machines. Redis holds only what can be rebuilt.

Own subscribers hear own events at once, from memory; the stream carries them to the other processes. When Redis is
down the processes go on with their own events, and what the others missed is found in SQL. Run `run()` in a TaskGroup.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from datetime import datetime
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from typing_extensions import override

from calls.events import Event, EventType
from calls.ports import EventBus
from storage.bus import LocalBus, LocalSubscription

_LOG: Final = logging.getLogger(__name__)
STREAM: Final = "centrala:events"
STREAM_LENGTH: Final = 10_000
_PENDING: Final = 1000
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 5.0
_BLOCK_MS: Final = 500


class RedisBus(EventBus):
    """An EventBus shared by every process that uses the same Redis."""

    def __init__(self, url: str, stream: str = STREAM) -> None:
        """`url`: `redis://host:port/database`. Nothing is connected here."""
        self._redis = Redis.from_url(
            url, socket_connect_timeout=2.0, socket_timeout=_BLOCK_MS / 1000 + 2.0, decode_responses=True
        )
        self._stream = stream
        self._me = secrets.token_hex(8)
        self._local = LocalBus()
        self._outgoing: asyncio.Queue[Event] = asyncio.Queue(_PENDING)
        self.ready = asyncio.Event()

    @override
    async def publish(self, event: Event) -> None:
        await self._local.publish(event)
        if self._outgoing.full():
            self._outgoing.get_nowait()  # Redis is down for long: the newest events are worth more
        self._outgoing.put_nowait(event)

    @override
    def subscribe(self) -> LocalSubscription:
        return self._local.subscribe()

    async def run(self) -> None:
        """Carry events both ways until cancelled; outages of Redis are waited out."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send())
                tasks.create_task(self._receive())
        finally:
            await self._redis.aclose()

    async def _send(self) -> None:
        wait = _FIRST_WAIT
        while True:
            event = await self._outgoing.get()
            fields: Any = {"from": self._me, "event": _to_json(event)}
            while True:
                try:
                    await self._redis.xadd(self._stream, fields, maxlen=STREAM_LENGTH, approximate=True)
                except (RedisError, OSError) as error:
                    _end_if_cancelled()
                    _LOG.warning("bus: Redis does not take events, this process goes on alone: %s", error)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, _LONGEST_WAIT)
                else:
                    _end_if_cancelled()
                    wait = _FIRST_WAIT
                    break

    async def _receive(self) -> None:
        position: str | None = None
        wait = _FIRST_WAIT
        while True:
            try:
                if position is None:
                    position = await self._end_of_stream()
                    self.ready.set()
                found: Any = await self._redis.xread({self._stream: position}, count=500, block=_BLOCK_MS)
            except (RedisError, OSError) as error:
                _end_if_cancelled()
                _LOG.warning("bus: no events from other processes: %s", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
                continue
            _end_if_cancelled()
            wait = _FIRST_WAIT
            for entry_id, fields in _entries(found):
                position = entry_id
                if fields.get("from") != self._me:
                    await self._deliver(fields.get("event", ""))

    async def _end_of_stream(self) -> str:
        newest: Any = await self._redis.xrevrange(self._stream, count=1)
        return str(newest[0][0]) if newest else "0-0"

    async def _deliver(self, text: str) -> None:
        try:
            event = _from_json(text)
        except (ValueError, KeyError, TypeError) as error:
            _LOG.error("bus: an event in the stream cannot be read: %s", error)
        else:
            await self._local.publish(event)


def _end_if_cancelled() -> None:
    """Redis' client (8.1) can swallow the cancellation of a command that blocks; without this `run` never ended."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _entries(found: Any) -> list[tuple[str, dict[str, str]]]:  # noqa: ANN401  its shape depends on the protocol version
    """Return the entries of an XREAD answer: a list of pairs (RESP2) or a mapping (RESP3)."""
    streams = found.items() if isinstance(found, dict) else found or []
    flat: list[tuple[str, dict[str, str]]] = []
    for _, entries in streams:
        for entry in entries:
            flat += entry if entry and isinstance(entry[0], (list, tuple)) else [entry]
    return flat


def _to_json(event: Event) -> str:
    return json.dumps({"type": event.type.value, "at": event.at.isoformat(), "data": dict(event.data)})


def _from_json(text: str) -> Event:
    raw = json.loads(text)
    return Event(EventType(raw["type"]), datetime.fromisoformat(raw["at"]), raw["data"])
