"""What is said in an order call: the order twice, which keys there are, and the answers to keys. Pure.

The order's own sentences come with it (`cases.order_text` made them); the answers stand here, one short sentence each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from calls.languages import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Replies:
    """What is said after a key. `{number}` is the case number, digit by digit."""

    again: str
    keys: str
    acknowledged: str
    more_time: str
    handed_over: str
    wrong_key: str


REPLIES: Final[dict[str, Replies]] = {
    "sr": Replies(
        "Ponavljam.",
        "Za potvrdu pritisnite jedan. Za ponavljanje pritisnite devet.",
        "Nalog {number} primljen. Hvala.",
        "U redu. Javićemo se ponovo.",
        "U redu. Nalog predajemo dežurnom.",
        "Pogrešan taster.",
    ),
    "en": Replies(
        "I repeat.",
        "Press one to confirm. Press nine to hear it again.",
        "Order {number} is confirmed. Thank you.",
        "All right. We will call again.",
        "All right. We hand the order to the duty officer.",
        "Wrong key.",
    ),
    "hu": Replies(
        "Ismétlem.",
        "Visszaigazoláshoz nyomja meg az egyest. Ismétléshez nyomja meg a kilencest.",
        "Visszaigazolva: {number}. Köszönjük.",
        "Rendben. Később újra hívjuk.",
        "Rendben. Átadjuk az ügyeletesnek.",
        "Hibás gomb.",
    ),
    "sk": Replies(
        "Opakujem.",
        "Na potvrdenie stlačte jednotku. Na zopakovanie stlačte deviatku.",
        "Príkaz {number} prijatý. Ďakujeme.",
        "Dobre. Zavoláme znova.",
        "Dobre. Príkaz odovzdáme pohotovosti.",
        "Nesprávne tlačidlo.",
    ),
    "ro": Replies(
        "Repet.",
        "Pentru confirmare apăsați unu. Pentru repetare apăsați nouă.",
        "Ordinul {number} este confirmat. Mulțumim.",
        "Bine. Vom suna din nou.",
        "Bine. Predăm ordinul ofițerului de serviciu.",
        "Tastă greșită.",
    ),
}


@dataclass(frozen=True, slots=True)
class OrderScript:
    """One reading of the order, and what else is said."""

    once: tuple[str, ...]
    replies: Replies

    @property
    def spoken(self) -> tuple[str, ...]:
        """All that is said before a key is awaited: the order twice, then the keys."""
        return (*self.once, self.replies.again, *self.once, self.replies.keys)


def script_of(text: str, language: str) -> OrderScript:
    """Read an order's text: one sentence per line, either one reading or already twice with "I repeat" between.

    An unknown language is spoken to in the default one. Raises ValueError when there is nothing to say.
    """
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not lines:
        raise ValueError("the order has no text")
    for length in range(1, len(lines) // 2 + 1):
        if lines[:length] == lines[length + 1 : 2 * length + 1] and len(lines) <= 2 * length + 2:
            lines = lines[:length]
            break
    return OrderScript(lines, REPLIES.get(language) or REPLIES[DEFAULT_LANGUAGE])
