"""Reads calendar.yaml: schedules and holidays. Owns the file's place; its meaning is in `ivr/schedule.py`."""

from __future__ import annotations

from pathlib import Path

from calls.problems import FileProblemsError, Problem
from calls.yaml_source import parse_yaml
from ivr.schedule import Calendar


def load_calendar(municipality_dir: Path) -> Calendar:
    """Return the town's calendar. Raises FileProblemsError."""
    file = municipality_dir / "calendar.yaml"
    try:
        source = parse_yaml(file.read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblemsError([Problem(str(file), 0, f"cannot be read ({error})", "add it, as UTF-8")]) from error
    return source.build(Calendar, source.mapping(), ())
