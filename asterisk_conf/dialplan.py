"""Reads rendered extensions.conf text back into contexts, extensions and steps. Owns the grammar we write, no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_SECTION = re.compile(r"^\[([^\]]+)\]$")
_EXTEN = re.compile(r"^exten\s*=>\s*([^,]+),\s*(\d+|n)(?:\(([^)]+)\))?,\s*(.+)$")
_SAME = re.compile(r"^same\s*=>\s*(?:n|\d+)(?:\(([^)]+)\))?,\s*(.+)$")
_APPLICATION = re.compile(r"^([A-Za-z]\w*)\((.*)\)$", re.DOTALL)
NOT_CONTEXTS = frozenset({"general", "globals"})


class DialplanSyntaxError(ValueError):
    """A line that is no dialplan: `str(error)` says file and line."""


@dataclass(frozen=True, slots=True)
class Step:
    """One priority of an extension."""

    application: str
    arguments: str
    file: str
    line: int


@dataclass(slots=True)
class Dialplan:
    """Contexts → extensions → steps, and the global variables."""

    contexts: dict[str, dict[str, list[Step]]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    includes: dict[str, list[str]] = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[str, str, int, Step]]:
        """Yield context, extension, index and step of every step."""
        for context, extensions in self.contexts.items():
            for extension, steps in extensions.items():
                for index, step in enumerate(steps):
                    yield context, extension, index, step


def parse_dialplan(texts: Mapping[str, str]) -> Dialplan:
    """Read the rendered `extensions.conf` and every file it includes. Raises DialplanSyntaxError."""
    plan = Dialplan()
    for name in ["extensions.conf", *(name for name in texts if name.startswith("dialplan-"))]:
        _parse_file(plan, name, texts[name])
    return plan


def _parse_file(plan: Dialplan, name: str, text: str) -> None:
    section = ""
    steps: list[Step] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition(";")[0].strip()
        if not line or line.startswith("#include"):
            continue
        if match := _SECTION.match(line):
            section, steps = match.group(1), None
            if section not in NOT_CONTEXTS:
                plan.contexts.setdefault(section, {})
        elif section == "globals":
            plan.global_names.add(line.partition("=")[0].strip())
        elif section == "general":
            continue
        elif section and (match := re.match(r"^include\s*=>?\s*(\S+)$", line)):
            plan.includes.setdefault(section, []).append(match.group(1))
        elif section and (match := _EXTEN.match(line)):
            steps = plan.contexts[section].setdefault(match.group(1).strip(), [])
            steps.append(_step(match.group(4), name, number))
        elif section and steps is not None and (match := _SAME.match(line)):
            steps.append(_step(match.group(2), name, number))
        else:
            raise DialplanSyntaxError(f"{name}:{number}: not understood: {line[:80]!r}")


def _step(text: str, name: str, number: int) -> Step:
    match = _APPLICATION.match(text.strip())
    if match is None:
        raise DialplanSyntaxError(f"{name}:{number}: an application and its brackets are expected: {text[:80]!r}")
    return Step(match.group(1), match.group(2), name, number)


def split_arguments(text: str) -> list[str]:
    """Split at commas that stand outside brackets of any kind."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]


def jump_targets(step: Step, context: str, extension: str) -> list[tuple[str, str]]:
    """Return (context, extension) of every place to which the step may jump."""
    if step.application == "Goto":
        labels = [step.arguments]
    elif step.application in {"GotoIf", "GosubIf"}:
        branches = step.arguments.partition("?")[2]
        labels = [label for label in _split_branches(branches) if label]
    elif step.application == "Gosub":
        labels = [step.arguments.partition("(")[0]]
    else:
        return []
    return [_target(label, context, extension) for label in labels]


def _split_branches(text: str) -> list[str]:
    head, _, tail = text.partition(":")
    return [head, tail]


def _target(label: str, context: str, extension: str) -> tuple[str, str]:
    parts = [part.strip() for part in split_arguments(label)]
    if len(parts) >= 3:
        return parts[0], parts[1]
    if len(parts) == 2:
        return context, parts[0]
    # One word: an extension's name never stands alone here, so it is a label or a priority of the same extension.
    return context, extension
