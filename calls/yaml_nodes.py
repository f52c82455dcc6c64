"""YAML 1.2 into plain values and the line of each, by libyaml. Owns what a plain word means: `no` and `08:30` are text.

libyaml reads a town's folder many times faster than a parser in Python, and six processes read it at each start.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import yaml

try:
    from yaml import CSafeLoader as _Parser
except ImportError:  # a PyYAML that was built without libyaml: slower, the same
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]  # one stands for the other

Place = tuple[str | int, ...]
"""Keys and indexes from the top."""

_MOST_NODES: Final = 100_000
_TAG: Final = "tag:yaml.org,2002:"
_CORRECT: Final = "correct the indentation, quotes and colons near this line; each key may stand once"


class NotYamlError(Exception):
    """What is wrong, in which line (from 1; 0 = unknown), and how to mend it."""

    def __init__(self, line: int, what: str, mend: str = _CORRECT) -> None:
        super().__init__(what)
        self.line, self.what, self.mend = line, what, mend


class _Loader(_Parser):
    """The core schema of YAML 1.2 (its chapter 10.3), with `_` between digits; a date stays text, as it was written."""

    # Of its own and empty: PyYAML's own words (1.1: `no`, `8:30`) are inherited otherwise.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own interface


_WORDS: Final = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
        r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("merge", r"<<", ["<"]),
)
for _name, _pattern, _first in _WORDS:
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"(?:{_pattern})\\Z"), _first)


def read_yaml(text: str) -> tuple[Any, dict[Place, int]]:
    """Return (dictionaries with keys of text, lists, scalars; the line of each place, from 1). Raises NotYamlError."""
    try:
        loader = _Loader(text.removeprefix("\ufeff"))
        try:
            reading = _Reading(loader)
            node = loader.get_single_node()
            return (None if node is None else reading.value(node, (), ())), reading.lines
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = str(error.problem or error.context or "not YAML").splitlines()[0]
        raise NotYamlError(mark.line + 1 if mark else 0, what) from error
    except RecursionError as error:
        raise NotYamlError(0, "nested too deeply", "a file of a town is a few levels deep") from error
    except (yaml.YAMLError, ValueError) as error:
        what = f"not readable as YAML ({str(error).splitlines()[0]})"
        raise NotYamlError(0, what, "save it as UTF-8 text") from error


class _Reading:
    """Turns nodes into values; remembers where each stands."""

    def __init__(self, loader: _Loader) -> None:
        self.lines: dict[Place, int] = {(): 1}
        self._loader = loader
        self._nodes = 0
        self._checked: set[int] = set()

    def value(self, node: yaml.Node, place: Place, inside: Sequence[yaml.Node]) -> object:
        self._nodes += 1
        if self._nodes > _MOST_NODES:  # aliases within aliases
            raise NotYamlError(_line(node), f"more than {_MOST_NODES} values", "write fewer aliases (`*name`)")
        if any(node is outer for outer in inside):
            raise NotYamlError(_line(node), "an alias (`*name`) of what it stands in", "write out what is meant")
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, place, (*inside, node))
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            items: list[object] = []
            for index, item in enumerate(node.value):
                self.lines[*place, index] = _line(item)
                items.append(self.value(item, (*place, index), (*inside, node)))
            return items
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        raise _unknown_tag(node)

    def _mapping(self, node: yaml.MappingNode, place: Place, inside: Sequence[yaml.Node]) -> dict[str, object]:
        if id(node) not in self._checked:  # an alias brings the same node again
            self._checked.add(id(node))
            _check_keys(node)
            self._loader.flatten_mapping(node)  # `<<: *name`; what is written out comes last and wins
        plain: dict[str, object] = {}
        for key, inner in node.value:
            name = str(_scalar(key))
            here = (*place, name)
            self.lines[here] = _line(key)
            plain[name] = self.value(inner, here, inside)
        return plain


def _check_keys(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise NotYamlError(_line(key), "a list or a mapping as a key", "write a word before the colon")
        name = str(_scalar(key))
        if name in seen:
            raise NotYamlError(_line(key), f'found duplicate key "{name}"')
        seen.add(name)


def _scalar(node: yaml.ScalarNode) -> object:
    text = node.value
    match node.tag.removeprefix(_TAG):
        case "str" | "timestamp" | "merge":
            return text
        case "null":
            return None
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "int":
            digits = text.replace("_", "")
            bare = digits.lstrip("+-").lower()
            base = {"0b": 2, "0o": 8, "0x": 16}.get(bare[:2], 10)
            return int(digits, base)
        case "float":
            return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
    raise _unknown_tag(node)


def _unknown_tag(node: yaml.Node) -> NotYamlError:
    return NotYamlError(_line(node), f"a tag that is not known here ({node.tag})", "leave the tag (`!…`) out")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
