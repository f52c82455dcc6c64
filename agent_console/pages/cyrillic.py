"""Serbian Latin to Serbian Cyrillic, for the words of the pages. Owns the letters and what stays Latin.

One letter for one letter, except lj, nj, dž, which are one each unless two parts of a word meet there (nad|živeti,
in|jekcija). Left alone: `{places}`, markup, `code`, keys and abbreviations (F8, CSV), units after a number, names of
programs, words with letters that Serbian does not have. Must not be used on what people typed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_LATIN: Final = "abcčćdđefghijklmnoprsštuvzž"
_CYRILLIC: Final = "абцчћдђефгхијклмнопрсштувзж"
_LETTERS: Final = dict(zip(_LATIN + _LATIN.upper(), _CYRILLIC + _CYRILLIC.upper(), strict=True)) | {
    "lj": "љ", "Lj": "Љ", "LJ": "Љ", "nj": "њ", "Nj": "Њ", "NJ": "Њ", "dž": "џ", "Dž": "Џ", "DŽ": "Џ",
}  # fmt: skip
_APART: Final = re.compile(
    r"\b(?:in(?=jek|junk)|kon(?=jug|junk)|van(?=jezi)|na?d(?=živ|žnj|žanj)|po?d(?=žanr|ž?upan)|o?d(?=živ|žal|žubor)"
    r"|pred(?=želu)|tan(?=jug))",
    re.IGNORECASE,
)
"""Beginnings of words after which a new part begins: what meets there is two letters."""

KEPT: Final = (
    "Aegis", "Alt", "Asterisk", "Centrala", "Ctrl", "Delete", "End", "Enter", "Erlang C", "Esc", "FreeOTP",
    "Google Authenticator", "Home", "Opus", "PgDn", "PgUp", "Shift", "Tab", "WebRTC", "Wi-Fi", "cel_custom",
    "e-mail", "kHz", "log/cel-custom",
)  # fmt: skip
"""Names that are written in Latin letters in Cyrillic text, too."""

_PROTECTED: Final = re.compile(
    r"\{[^{}]*\}|\bcentrala (?:doctor|recordings|status|user)\b[ \w-]*|\b(?:\w+/)*\w+\.(?:log|toml|yaml)\b|\b(?:Ctrl|Alt|Shift)\+\w+|<[^<>]*>|&#?\w+;|`[^`]*`|https?://\S+|\S+@\S+\.\w+"
    + "|" + "|".join(rf"\b{re.escape(word)}\b" for word in KEPT)
    + r"|\b[A-Z]{2,5}\d*\b|\b[A-Z]\d+\b|(?:(?<=\d )|(?<=\} ))(?:s|min|h|d|m|km|MB|GB|kB|dB)\b"
    + r"|\b\w*[qwxyQWXY]\w*\b"
)  # fmt: skip
_PAIR: Final = re.compile("lj|Lj|LJ|nj|Nj|NJ|dž|Dž|DŽ|.", re.DOTALL)


@lru_cache(maxsize=8192)
def cyrillic(text: str) -> str:
    """Return the text in Cyrillic letters."""
    parts: list[str] = []
    end = 0
    for kept in _PROTECTED.finditer(text):
        parts += [_letters(text[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, _letters(text[end:])])


def _letters(text: str) -> str:
    pieces, end = [], 0
    for border in _APART.finditer(text):
        pieces.append(text[end : border.end()])
        end = border.end()
    return "".join("".join(_LETTERS.get(one, one) for one in _PAIR.findall(piece)) for piece in [*pieces, text[end:]])
