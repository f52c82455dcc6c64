"""What the public pages say, in every language of the town. Owns the words; a test compares the languages' keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from calls.yaml_nodes import read_yaml


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """Return language → key → text."""
    source = files("public_site").joinpath("texts.yaml").read_text("utf-8")
    found: Mapping[str, Mapping[str, str]] = read_yaml(source)[0]
    return found


def texts_in(language: str) -> Mapping[str, str]:
    """Return the texts of a language, of Serbian when it is not known."""
    return all_texts().get(language, all_texts()["sr"])
