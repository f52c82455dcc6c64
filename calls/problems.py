"""What is wrong in a file that people edit: where, what, how to mend. Owns the one line in which it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from typing_extensions import override


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong. `line` counts from 1; 0 when the problem has no line (a file that is missing)."""

    file: str
    line: int
    what: str
    mend: str

    @override
    def __str__(self) -> str:
        """Return one line: `file:line: what; mend`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}; {self.mend}"


class FileProblemsError(ValueError):
    """A file, or several, cannot be used. `str(error)` has one line per problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
