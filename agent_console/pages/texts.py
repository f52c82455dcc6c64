"""The words of the pages: one catalogue file per language. Templates hold no words of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ruamel.yaml import YAML

FOLDER: Final = Path(__file__).parent.parent / "texts"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return key → text, keys with dots (`case.save`). Raises FileNotFoundError for a language without a file."""
    raw = YAML(typ="safe").load((FOLDER / f"{language}.yaml").read_text("utf-8"))
    return MappingProxyType(dict(_flat(raw, "")))


def _flat(node: Mapping[str, object], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in node.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found += _flat(value, f"{name}.")
        else:
            found.append((name, str(value)))
    return found


class Texts:
    """Words of one language. An unknown key shows itself: a test keeps that from happening."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text with its `{places}` filled in."""
        text = self._words.get(key, key)
        return text.format(**values) if values else text

    def word(self, group: str, key: str | None) -> str:
        """Return the word of a state, outcome or kind; a new one that has no word yet is shown as it is."""
        return self._words.get(f"{group}.{key}", key or "")
