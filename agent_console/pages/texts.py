"""The words of the pages: a file for Serbian and one for English. Templates hold no words of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from agent_console.pages.cyrillic import cyrillic
from agent_console.pages.languages import LANGUAGES, Language
from calls.yaml_nodes import read_yaml
from cases.queues import OWN_QUEUE

FOLDER: Final = Path(__file__).parent.parent / "texts"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return key → text, keys with dots (`case.save`). Raises FileNotFoundError for a language without a file."""
    raw, _ = read_yaml((FOLDER / f"{language}.yaml").read_text("utf-8"))
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


@cache
def words_of(tag: str) -> Mapping[str, str]:
    """Return key → text of a language of the pages, by its tag. Raises KeyError for an unknown one."""
    language = LANGUAGES[tag]
    words = catalogue(language.catalogue)
    if tag != "sr-Cyrl":
        return words
    return MappingProxyType({key: cyrillic(text) for key, text in words.items()})


class Texts:
    """Words of one language. An unknown key shows itself: a test keeps that from happening."""

    def __init__(self, language: Language | str, names: Mapping[str, str] | None = None) -> None:
        """`language`: a language of the pages, or the name of a catalogue (`sr`, `en`) in its own letters.

        `names`: key → word that the town's own files give.
        """
        if isinstance(language, str):
            language = next(one for one in LANGUAGES.values() if one.catalogue == language)
        self.language = language.catalogue
        self.locale = language.locale
        given = names or {}
        if language.tag == "sr-Cyrl":
            given = {key: cyrillic(name) for key, name in given.items()}
        self._words = {**words_of(language.tag), **given}

    def __call__(self, key: str, **values: object) -> str:
        """Return the text with its `{places}` filled in."""
        text = self._words.get(key, key)
        return text.format(**values) if values else text

    def group(self, name: str) -> dict[str, str]:
        """Return the words of a group by their short names: what a script says."""
        return {key.removeprefix(f"{name}."): text for key, text in self._words.items() if key.startswith(f"{name}.")}

    def word(self, group: str, key: str | None) -> str:
        """Return the word of a state, outcome or kind; a new one that has no word yet is shown as it is."""
        return self._words.get(f"{group}.{key}", key or "")

    def queue(self, name: str) -> str:
        """Return what a queue is called; its own name when the town's file gives no other."""
        if name.startswith(OWN_QUEUE):
            return self("report.own_queue", extension=name.removeprefix(OWN_QUEUE))
        return self.word("queue_name", name)

    def place(self, node: str, flow: str = "") -> str:
        """Return what a place of the menu is called; the node's own name when the town named it nowhere."""
        return self._words.get(f"place.{flow}.{node}") or self._words.get(f"place.{node}") or node.replace("_", " ")
