"""The languages that the telephone speaks. Owns their codes; must not know any prompt."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final[tuple[str, ...]] = ("sr", "en", "hu", "sk", "ro")
"""ISO 639-1 codes, in the order in which the sample town offers them."""

DEFAULT_LANGUAGE: Final = "sr"
