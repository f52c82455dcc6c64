"""Folding of text for search, so that `Šumadijska`, `sumadijska` and `Шумадијска` meet. Pure; must not know SQL."""

from __future__ import annotations

import unicodedata
from typing import Final

_CYRILLIC: Final = dict(
    zip(
        "абвгдђежзијклљмнњопрстћуфхцчџш",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "dj",
            "e",
            "z",
            "z",
            "i",
            "j",
            "k",
            "l",
            "lj",
            "m",
            "n",
            "nj",
            "o",
            "p",
            "r",
            "s",
            "t",
            "c",
            "u",
            "f",
            "h",
            "c",
            "c",
            "dz",
            "s",
        ],
        strict=True,
    )
)
_SPECIAL: Final = {"đ": "dj", "ł": "l", "ø": "o", "ß": "ss"}
_TABLE: Final = str.maketrans(_CYRILLIC | _SPECIAL)


def fold(text: str) -> str:
    """Return `text` in lower case, Latin script, without diacritics, with single spaces."""
    # A zero byte ends a LIKE pattern in SQLite, so that it would find everything, and is an error in PostgreSQL.
    latin = text.replace("\0", " ").lower().translate(_TABLE)
    plain = "".join(letter for letter in unicodedata.normalize("NFD", latin) if not unicodedata.combining(letter))
    return " ".join(plain.split())


def like_pattern(text: str, escape: str = "\\") -> str:
    """Return a LIKE pattern (use `escape`) that finds folded `text` anywhere; `%` and `_` lose their meaning."""
    folded = fold(text)
    for special in (escape, "%", "_"):
        folded = folded.replace(special, escape + special)
    return f"%{folded}%"
