"""Reads streets.csv: one street a line, its line as `lat lon;lat lon`. Owns that file's shape only."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from calls.problems import FileProblemsError, Problem
from cases.gazetteer import Gazetteer, Street

COLUMNS: Final = ("street", "settlement", "first_number", "last_number", "line")


def load_streets(file: Path) -> Gazetteer:
    """Return the gazetteer. Raises FileProblemsError with the line of each wrong row."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.reader(text))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        mend = "add the file, saved as UTF-8 with commas"
        raise FileProblemsError([Problem(str(file), 0, f"cannot be read ({error})", mend)]) from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise FileProblemsError([Problem(str(file), 1, "wrong header", f"write {','.join(COLUMNS)}")])
    problems: list[Problem] = []
    streets: dict[tuple[str, str], Street] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        try:
            street = _street(row)
        except ValueError as error:
            problems.append(Problem(str(file), number, f"not a street: {error}", f"write {','.join(COLUMNS)}"))
            continue
        if (street.name, street.settlement) in streets:
            problems.append(Problem(str(file), number, f"`{street.name}` stands twice", "remove one of them"))
        streets[street.name, street.settlement] = street
    if problems:
        raise FileProblemsError(problems)
    return Gazetteer(tuple(streets.values()))


def _street(row: list[str]) -> Street:
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(row)} columns instead of {len(COLUMNS)}")
    name, settlement, first, last, line = (cell.strip() for cell in row)
    if not name:
        raise ValueError("it has no name")
    points = tuple(_point(text) for text in line.split(";"))
    if len(points) < 2:
        raise ValueError("its line has fewer than two points")
    if not 0 < int(first) <= int(last):
        raise ValueError(f"house numbers {first}-{last}")
    return Street(name, points, int(first), int(last), settlement)


def _point(text: str) -> tuple[float, float]:
    latitude, longitude = (float(part) for part in text.split())
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"{text.strip()!r} is not a latitude and a longitude")
    return latitude, longitude
