"""What a check says. Owns the shape only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: `failed` keeps the service from working, `warning` will hurt later."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: subject, what was seen, and what to do about it (empty when all is well)."""

    subject: str
    level: Level
    text: str
    mend: str = ""


def ok(subject: str, text: str) -> Finding:
    """Return a good finding."""
    return Finding(subject, Level.OK, text)


def warning(subject: str, text: str, mend: str) -> Finding:
    """Return a finding that will hurt later."""
    return Finding(subject, Level.WARNING, text, mend)


def failed(subject: str, text: str, mend: str) -> Finding:
    """Return a finding that keeps the service from working."""
    return Finding(subject, Level.FAILED, text, mend)
