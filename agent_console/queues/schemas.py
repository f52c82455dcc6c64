"""What the API says of queues."""

from __future__ import annotations

from pydantic import BaseModel


class Waiting(BaseModel):
    """A caller who waits; `waited` in seconds, through every queue so far."""

    linkedid: str
    position: int
    waited: int


class Member(BaseModel):
    """A phone in the queue."""

    extension: str
    paused: bool
    reason: str
    device: str


class Queue(BaseModel):
    """One queue. `source`: `pbx`, or `board` when the PBX does not answer (then `members` is empty).

    `logged_in`: phones in it that can be reached; `ready`: those of them that are free this moment. `languages` and
    `subjects` are the skills that it asks for: none, it serves everybody. `overflow`: cause (`wait`, `crowded`,
    `empty`) → where callers go on to. `longest_wait` in seconds. `callbacks`: citizens who wait to be called back.
    """

    name: str
    source: str
    waiting: list[Waiting]
    members: list[Member]
    longest_wait: int
    logged_in: int
    ready: int
    languages: list[str]
    subjects: list[str]
    strategy: str
    overflow: dict[str, str]
    callbacks: int


class QueueList(BaseModel):
    """All queues, the general one first."""

    items: list[Queue]
    total: int
