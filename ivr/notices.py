"""Notices with validity dates (a planned outage, a changed bus line). Pure: whether one is valid, and its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator


class Notice(BaseModel):
    """A notice: said from `valid_from` until `valid_until` (excluded), both timezone-aware. `texts` per language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    topic: str
    """Which branch of a flow says it: several notices may have one topic; the newest valid one is said."""
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    texts: Mapping[str, str]

    @model_validator(mode="after")
    def _in_order(self) -> Notice:
        if self.valid_until <= self.valid_from:
            raise ValueError(f"notice {self.id!r} ends before it begins; correct valid_until")
        return self

    @property
    def prompt_id(self) -> str:
        """Return the id under which its sound is made for each language."""
        return f"notices.{self.id}"

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it is to be said at `now` (timezone-aware)."""
        return self.valid_from <= now < self.valid_until


def valid_notices(notices: Iterable[Notice], topic: str, now: datetime) -> tuple[Notice, ...]:
    """Return the notices of `topic` that are valid at `now`, newest first."""
    found = [notice for notice in notices if notice.topic == topic and notice.is_valid(now)]
    return tuple(sorted(found, key=lambda notice: notice.valid_from, reverse=True))
