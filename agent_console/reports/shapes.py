"""What a report is made of: figures and tables of plain values with their units. Owns the shapes of the API.

A value's name is a key of the text catalogue: `report_word.NAME` is its label, `report_formula.NAME` its formula.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

Value = str | int | float | None


class Unit(StrEnum):
    """What a value counts. Shares are 0–1."""

    COUNT = "count"
    NUMBER = "number"
    SECONDS = "seconds"
    SHARE = "share"
    TEXT = "text"
    DAY = "day"


class Figure(BaseModel):
    """One figure of the period, the same figure of the period before, and the change between them.

    `change` is value - before: of shares in points (0.05 is five percentage points). None: nothing was measured.
    """

    name: str
    unit: Unit
    value: int | float | None
    before: int | float | None = None
    change: int | float | None = None


class Column(BaseModel):
    """A column of a table; `words`: group of the text catalogue that its values are words of."""

    name: str
    unit: Unit
    words: str = ""


class Table(BaseModel):
    """Rows of values, by column name."""

    name: str
    columns: list[Column]
    rows: list[dict[str, Value]] = Field(default_factory=list)


class Report(BaseModel):
    """Local days `since` to `until`, both included. `items` are the rows of the first table, `total` their number.

    `data_until` is set when the data is old: what came later is not in the figures; `stale` says why.
    """

    name: str
    since: date
    until: date
    before_since: date | None = None
    before_until: date | None = None
    zone: str
    target_seconds: float
    short_seconds: float
    made_at: datetime
    data_until: datetime | None = None
    stale: str = ""
    figures: list[Figure] = Field(default_factory=list)
    tables: list[Table] = Field(default_factory=list)
    definitions: dict[str, str] = Field(default_factory=dict)
    items: list[dict[str, Value]] = Field(default_factory=list)
    total: int = 0

    def table(self, name: str) -> Table:
        """Return a table. Raises KeyError."""
        for one in self.tables:
            if one.name == name:
                return one
        raise KeyError(name)

    def figure(self, name: str) -> Figure:
        """Return a figure. Raises KeyError."""
        for one in self.figures:
            if one.name == name:
                return one
        raise KeyError(name)


def figure(name: str, unit: Unit, value: float | None, before: float | None = None) -> Figure:
    """Return a figure with its change."""
    change = None if value is None or before is None else value - before
    return Figure(name=name, unit=unit, value=value, before=before, change=change)
