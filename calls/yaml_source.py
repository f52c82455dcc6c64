"""YAML that still knows its line numbers. Owns parsing text and turning validation errors into problems with a line.

Must not know what any file means. Text is passed in: reading the file is the caller's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from calls.problems import FileProblemsError, Problem
from calls.yaml_nodes import NotYamlError, read_yaml

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


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
    try:
        data, lines = read_yaml(text)
    except NotYamlError as error:
        raise FileProblemsError([Problem(file, error.line, error.what, error.mend)]) from error
    return YamlSource(file, data, lines)
