"""Telephone keys. Owns what counts as a key; must not know what any key means."""

from __future__ import annotations

from typing import Final

KEYS: Final = frozenset("0123456789*#")


def clean_keys(text: str) -> str:
    """Return only the telephone keys in `text`: whatever else a caller's equipment sent is dropped."""
    return "".join(key for key in text if key in KEYS)
