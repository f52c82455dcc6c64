"""Reads notices.yaml. Owns the file's shape; what a notice means is in `ivr/notices.py`."""

from __future__ import annotations

from pathlib import Path

from calls.problems import FileProblemsError, Problem
from calls.yaml_source import YamlSource, parse_yaml
from ivr.notices import Notice


def notice_lines(municipality_dir: Path) -> dict[str, int]:
    """Return the line at which each notice begins. Raises FileProblemsError."""
    source = _source(municipality_dir / "notices.yaml")
    return {name: source.line(("notices", name)) for name in source.mapping().get("notices") or {}} if source else {}


def load_notices(municipality_dir: Path) -> tuple[Notice, ...]:
    """Return the notices of the town, none when there is no file. Raises FileProblemsError."""
    source = _source(municipality_dir / "notices.yaml")
    if source is None:
        return ()
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


def _source(file: Path) -> YamlSource | None:
    if not file.exists():
        return None
    try:
        return parse_yaml(file.read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblemsError([Problem(str(file), 0, f"cannot be read ({error})", "save it as UTF-8")]) from error
