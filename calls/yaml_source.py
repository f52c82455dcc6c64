"""YAML that still knows its line numbers. Owns parsing text and turning validation errors into problems with a line.

Must not know what any file means. Text is passed in: reading the file is the caller's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from calls.problems import FileProblemsError, Problem

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


class _PlainScalars(RoundTripConstructor):
    """Leaves dates as text: a date that is converted loses the zone that it was written with."""


_PlainScalars.add_constructor("tag:yaml.org,2002:timestamp", _PlainScalars.construct_yaml_str)


@dataclass(frozen=True, slots=True)
class YamlSource:
    """A parsed file: plain dictionaries (keys are text), lists and scalars, and the line of each."""

    file: str
    data: Any
    lines: Mapping[Path, int]

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line (from 1) of the thing at `path`, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            found = self.lines.get(tuple(path[:length]))
            if found is not None:
                return found
        return 1

    def problem(self, path: Sequence[str | int], what: str, mend: str) -> Problem:
        """Return a problem at `path`."""
        return Problem(self.file, self.line(path), what, mend)

    def mapping(self, path: Path = ()) -> dict[str, Any]:
        """Return the mapping at `path` (default: the whole file). Raises FileProblemsError when it is none."""
        found: Any = self.data
        for key in path:
            found = found[key]
        if not isinstance(found, dict):
            raise FileProblemsError([self.problem(path, "a mapping is expected here", "write `name: value` lines")])
        return found

    def build(self, model: type[Model], raw: object, path: Path) -> Model:
        """Validate `raw`, which stands at `path`, as a `model`. Raises FileProblemsError with a line per error."""
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            raise FileProblemsError(self._explain(model, path, item) for item in error.errors()) from error

    def _explain(self, model: type[BaseModel], path: Path, error: Mapping[str, Any]) -> Problem:
        inner: Path = tuple(error["loc"])
        name = ".".join(str(part) for part in inner) or str(path[-1] if path else self.file)
        where = (*path, *inner)
        if error["type"] == "missing":
            return self.problem(where, f"`{name}` is missing", f"add `{inner[-1] if inner else name}:`")
        if error["type"] == "extra_forbidden":
            known = ", ".join(sorted(model.model_fields)) if len(inner) == 1 else "see a neighbouring entry"
            return self.problem(where, f"`{name}` is not known here", f"correct or remove it (known: {known})")
        given = error.get("input")
        shown = f" {given!r}"[:60] if isinstance(given, str | int | float | bool) else ""
        reason = str(error["msg"]).removeprefix("Value error, ")
        return self.problem(where, f"`{name}`{shown} is wrong", f"correct it: {reason}")


def parse_yaml(text: str, file: str) -> YamlSource:
    """Parse one YAML document. Raises FileProblemsError on what is no YAML, or on a key written twice."""
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _PlainScalars
    try:
        parsed = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = str(error.problem or error.context or "not YAML").splitlines()[0]
        mend = "correct the indentation, quotes and colons near this line; each key may stand once"
        raise FileProblemsError([Problem(file, mark.line + 1 if mark else 0, what, mend)]) from error
    except (YAMLError, ValueError) as error:
        problem = Problem(file, 0, f"not readable as YAML ({str(error).splitlines()[0]})", "save it as UTF-8 text")
        raise FileProblemsError([problem]) from error
    lines: dict[Path, int] = {(): 1}
    return YamlSource(file, _plain(parsed, (), lines), lines)


def _plain(value: object, path: Path, lines: dict[Path, int]) -> object:
    if isinstance(value, CommentedMap):
        plain: dict[str, object] = {}
        for key, inner in value.items():
            here = (*path, str(key))
            lines[here] = value.lc.key(key)[0] + 1
            plain[str(key)] = _plain(inner, here, lines)
        return plain
    if isinstance(value, CommentedSeq):
        items: list[object] = []
        for index, inner in enumerate(value):
            here = (*path, index)
            lines[here] = value.lc.item(index)[0] + 1
            items.append(_plain(inner, here, lines))
        return items
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else value
