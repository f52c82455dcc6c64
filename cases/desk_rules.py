"""How a town's operators work: pauses, wrap-up and its outcomes, unanswered calls, lost consoles. `operators.yaml`.

Owns shapes and bounds. What an operator does with them belongs to the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

SERVERS_REASONS: Final = frozenset({"connection", "unanswered", "wrapup", "offline"})
"""Reasons that the server pauses for: no town may give them another meaning."""
MOST_OUTCOMES: Final = 9
"""Each has a digit key on the desk."""
_Name = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
_Names = Mapping[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], _Name]


class _Rules(BaseModel):
    """Frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PauseReason(_Rules):
    """Why an operator may pause. `minutes`: how long such a pause is meant to be; 0: until the operator is back."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    names: _Names = Field(min_length=1)
    minutes: int = Field(default=0, ge=0, le=600)

    def name_in(self, language: str) -> str:
        """Return the name in a language, else the first one of the file."""
        return self.names.get(language) or next(iter(self.names.values()))


class Outcome(_Rules):
    """As what a conversation may be put on record. The id stands in the records: a new name changes no figure."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,39}$")]
    names: _Names = Field(min_length=1)

    def name_in(self, language: str) -> str:
        """Return the name in a language, else the first one of the file."""
        return self.names.get(language) or next(iter(self.names.values()))


DEFAULT_OUTCOMES: Final = (
    Outcome(id="informed", names={"sr": "Informacija data", "en": "Informed"}),
    Outcome(id="case_opened", names={"sr": "Otvoren predmet", "en": "Case opened"}),
    Outcome(id="other", names={"sr": "Drugo", "en": "Other"}),
)
"""Of a town whose file names none."""


class WrapUpRules(_Rules):
    """Time to put an outcome on record, in seconds; 0: no wrap-up. Extended by `extend_seconds`, `extensions` times."""

    seconds: int = Field(default=60, ge=0, le=3600)
    extend_seconds: int = Field(default=60, ge=5, le=3600)
    extensions: int = Field(default=2, ge=0, le=20)


class UnansweredRules(_Rules):
    """After `pause_after` unanswered calls in a row (0: never) a pause of `return_after_seconds`.

    Whoever has just let a call ring comes last for `not_again_seconds`.
    """

    pause_after: int = Field(default=3, ge=0, le=50)
    return_after_seconds: int = Field(default=120, ge=5, le=86400)
    not_again_seconds: int = Field(default=20, ge=0, le=600)


class DeskRules(_Rules):
    """Everything. `console_return_minutes`: how long a closed console may be gone and find its state again.

    `idle_alarm_seconds`: how long somebody may wait beside an idle operator before that is an alarm.
    """

    pause_reasons: tuple[PauseReason, ...] = ()
    outcomes: tuple[Outcome, ...] = Field(default=DEFAULT_OUTCOMES, min_length=1, max_length=MOST_OUTCOMES)
    wrap_up: WrapUpRules = WrapUpRules()
    unanswered: UnansweredRules = UnansweredRules()
    console_return_minutes: int = Field(default=15, ge=1, le=720)
    idle_alarm_seconds: int = Field(default=20, ge=5, le=600)

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        for one in self.pause_reasons:
            if one.id in SERVERS_REASONS:
                raise ValueError(f"the pause reason `{one.id}` is the server's own: choose another name")
        return self

    def outcome(self, identifier: str) -> Outcome | None:
        """Return an outcome by its id."""
        return next((one for one in self.outcomes if one.id == identifier), None)

    def reason(self, identifier: str) -> PauseReason | None:
        """Return a reason by its id."""
        return next((one for one in self.pause_reasons if one.id == identifier), None)
