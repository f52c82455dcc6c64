"""Reads notices.yaml. Owns the file's shape; what a notice means is in `ivr/notices.py`."""

from __future__ import annotations

from pathlib import Path

from calls.problems import FileProblemsError, Problem
from calls.yaml_source import parse_yaml
from ivr.notices import Notice


def load_notices(municipality_dir: Path) -> tuple[Notice, ...]:
    """Return the notices of the town, none when there is no file. Raises FileProblemsError."""
    file = municipality_dir / "notices.yaml"
    if not file.exists():
        return ()
    try:
        source = parse_yaml(file.read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblemsError([Problem(str(file), 0, f"cannot be read ({error})", "save it as UTF-8")]) from error
    problems: list[Problem] = []
    notices: list[Notice] = []
    for name, raw in source.mapping(("notices",)).items() if source.mapping().get("notices") else ():
        path = ("notices", name)
        try:
            fields = {"id": name, **raw} if isinstance(raw, dict) else raw
            notices.append(source.build(Notice, fields, path))
        except FileProblemsError as error:
            problems.extend(error.problems)
    if problems:
        raise FileProblemsError(problems)
    return tuple(notices)
