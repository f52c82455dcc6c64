"""Queues: which callers each serves, who answers in it, and where a caller goes who waits too long. Pure.

Owns the shape of `queues.yaml` and the choice of a queue by skill. Must not know the PBX (`asterisk_conf` renders the
queues, `dialplans/queues.conf.j2` walks the overflow) or the roster (`agent_console` puts the phones in).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
SkillLanguage = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Subject = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Target = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]{0,30}|[0-9]{2,6})$")]
"""`message`, a queue's name, or the extension of a phone of ours."""

MESSAGE: Final = "message"
OWN_QUEUE: Final = "own-"
"""Begins the name of the queue of one operator alone, in which a citizen's own operator is tried first."""


class QueueModel(BaseModel):
    """Frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AfterWait(QueueModel):
    """After `after_s` seconds in this queue the caller goes on; the time waited counts in the next queue."""

    after_s: int = Field(default=300, ge=5, le=3600)
    to: Target = MESSAGE


class WhenCrowded(QueueModel):
    """Who comes while `waiting_per_ready` or more callers wait per operator at work goes on at once."""

    waiting_per_ready: float = Field(gt=0, le=100)
    to: Target = MESSAGE


class WhenEmpty(QueueModel):
    """Nobody who serves this queue is logged in, or no phone of theirs is reachable."""

    to: Target = MESSAGE


class Overflow(QueueModel):
    """Where callers go that this queue cannot serve in time."""

    wait: AfterWait = AfterWait()
    crowded: WhenCrowded | None = None
    empty: WhenEmpty = WhenEmpty()

    @property
    def targets(self) -> Mapping[str, str]:
        """Return cause → target."""
        crowded = {} if self.crowded is None else {"crowded": self.crowded.to}
        return {"wait": self.wait.to, **crowded, "empty": self.empty.to}


class Announce(QueueModel):
    """Place and expected wait are said after `first_s` seconds and every `every_s` seconds from then on."""

    first_s: int = Field(default=20, ge=5, le=600)
    every_s: int = Field(default=60, ge=15, le=600)


class TownQueue(QueueModel):
    """One queue. No `languages`, no `subjects`: it serves everybody, and every operator answers in it.

    `names`: what people read, by language of the pages; without any they read the queue's own name.
    `weight`: an operator who serves several queues takes the heavier first. `ring_s`: how long one phone rings.
    """

    name: QueueName
    names: Mapping[
        SkillLanguage, Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
    ] = Field(default_factory=dict)
    languages: tuple[SkillLanguage, ...] = ()
    subjects: tuple[Subject, ...] = ()
    strategy: Literal["leastrecent", "rrmemory", "fewestcalls", "random", "rrordered", "wrandom", "linear"] = (
        "leastrecent"
    )
    ring_s: int = Field(default=15, ge=3, le=120)
    weight: int = Field(default=0, ge=0, le=100)
    overflow: Overflow = Overflow()
    announce: Announce | None = None
    """None: nothing is said. It is of use where callers stay: the place in a queue of thirty seconds is no news."""

    @property
    def has_skill(self) -> bool:
        """Say whether not every operator answers in it."""
        return bool(self.languages or self.subjects)

    def answers(self, languages: Sequence[str], subjects: Sequence[str]) -> bool:
        """Say whether an operator with these skills answers in it."""
        speaks = not self.languages or bool(set(self.languages) & set(languages))
        knows = not self.subjects or bool(set(self.subjects) & set(subjects))
        return speaks and knows

    def serves(self, language: str, subject: str) -> bool:
        """Say whether it was made for a caller with this language and subject (empty: none)."""
        return (not self.languages or language in self.languages) and (not self.subjects or subject in self.subjects)


def choose_queue(queues: Sequence[TownQueue], general: str, asked: str, language: str, subject: str) -> str:
    """Return the queue for a caller: the one a flow asked for by name, else the one that fits most of the skills.

    Language counts more than subject: an operator who knows the subject but not the language helps less. An unknown
    `asked` is as good as none, so that a caller always comes to a queue that exists.
    """
    if asked != general and any(queue.name == asked for queue in queues):
        return asked
    fitting = [queue for queue in queues if queue.has_skill and queue.serves(language, subject)]
    best = max(fitting, key=lambda queue: (bool(queue.languages), bool(queue.subjects)), default=None)
    return general if best is None else best.name


def overflow_circle(queues: Sequence[TownQueue]) -> tuple[str, ...]:
    """Return queues whose overflow leads back to themselves, or nothing: a caller must never be sent in a circle."""
    onward = {queue.name: set(queue.overflow.targets.values()) for queue in queues}
    for start in onward:
        seen: set[str] = set()
        todo = sorted(onward[start])
        while todo:
            name = todo.pop()
            if name == start:
                return (start, *sorted(seen & set(onward)))
            if name in onward and name not in seen:
                seen.add(name)
                todo += sorted(onward[name])
    return ()
