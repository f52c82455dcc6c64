"""The event bus within one process. Owns the queues of subscribers; must not know what an event means.

A subscriber that does not keep up loses its oldest events and is told how many by `lost`; the publisher never waits.
"""

from __future__ import annotations

import asyncio
from typing import Final

from typing_extensions import override

from calls.events import Event
from calls.ports import EventBus, EventSubscription

QUEUE_LENGTH: Final = 1000


class LocalSubscription(EventSubscription):
    """A bounded queue of events."""

    def __init__(self, subscribers: set[LocalSubscription], length: int = QUEUE_LENGTH) -> None:
        """Register among `subscribers`."""
        self._queue: asyncio.Queue[Event] = asyncio.Queue(length)
        self._subscribers = subscribers
        self.lost = 0
        subscribers.add(self)

    @override
    async def get(self) -> Event:
        return await self._queue.get()

    @override
    def close(self) -> None:
        self._subscribers.discard(self)

    def offer(self, event: Event) -> None:
        """Queue an event; the oldest one makes room when the queue is full."""
        if self._queue.full():
            self._queue.get_nowait()
            self.lost += 1
        self._queue.put_nowait(event)


class LocalBus(EventBus):
    """Hands every event to every subscriber of this process."""

    def __init__(self) -> None:
        """Start without subscribers."""
        self._subscribers: set[LocalSubscription] = set()

    @override
    async def publish(self, event: Event) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber.offer(event)

    @override
    def subscribe(self) -> LocalSubscription:
        return LocalSubscription(self._subscribers)
