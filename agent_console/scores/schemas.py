"""Shapes of scoring in the API. Values are whole numbers 0–`top`, percentages 0–100."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from agent_console.scores.formula import Criterion, Kind

MOST_CRITERIA = 20
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


class CriterionShape(BaseModel):
    """A line of a form. `top` is the highest value of a scale and 1 of a yes/no; `fatal`: a no makes the score 0."""

    name: Name
    kind: Literal["scale", "yes_no"]
    top: int = Field(1, ge=1, le=100)
    weight: int = Field(1, ge=1, le=100)
    fatal: bool = False

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        self.criterion()
        return self

    def criterion(self) -> Criterion:
        """Return it for counting. Raises ValueError."""
        return Criterion(self.name, Kind(self.kind), self.top, self.weight, self.fatal)


Criteria = Annotated[list[CriterionShape], Field(min_length=1, max_length=MOST_CRITERIA)]


class NewForm(BaseModel):
    """A form and its first version."""

    name: Name
    criteria: Criteria


class NewVersion(BaseModel):
    """The version after `based_on`; refused when that is not the newest one any more."""

    based_on: int = Field(ge=1, le=100_000)
    criteria: Criteria


class FormShape(BaseModel):
    """A form in its newest version."""

    id: int
    name: str
    version: int
    retired: bool
    changed_at: datetime
    changed_by: str
    criteria: list[CriterionShape]


class FormList(BaseModel):
    """Forms by name."""

    items: list[FormShape]
    total: int


class FormMade(BaseModel):
    """The id of a form, and the version that is valid now."""

    id: int
    version: int


class MarkIn(BaseModel):
    """A value for one criterion, and why."""

    value: int = Field(ge=0, le=100)
    comment: Comment = ""


class ScoreChange(BaseModel):
    """A value for each criterion, in the form's order."""

    marks: list[MarkIn] = Field(min_length=1, max_length=MOST_CRITERIA)
    comment: Comment = ""


class NewScore(ScoreChange):
    """A score by the form's `version`, the newest one."""

    form: int = Field(ge=1, le=2**31)
    version: int = Field(ge=1, le=100_000)


class ScoreMade(BaseModel):
    """The id of a score, and its percentage."""

    id: int
    percent: float


class MarkShape(BaseModel):
    """A criterion as it was when the call was scored, its value, and why."""

    criterion: CriterionShape
    value: int
    comment: str


class ScoreShape(BaseModel):
    """A score. `operator` and `scored_by` are user names; `remark` is the operator's answer."""

    id: int
    recording: str
    linkedid: str
    call_at: datetime
    form: int
    form_name: str
    version: int
    operator: str
    scored_by: str
    scored_at: datetime
    changed_at: datetime | None
    percent: float
    comment: str
    marks: list[MarkShape]
    remark: str
    remarked_at: datetime | None


class ScoreList(BaseModel):
    """Scores."""

    items: list[ScoreShape]
    total: int


class Remark(BaseModel):
    """What the operator answers, once."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
