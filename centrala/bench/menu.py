"""The menu that every engine serves: its prompts, its keys, the number it says. Owns the facts that must be the same.

Three choices of one key each, four digits, eight digits spoken. A caller of `sipp_scenarios/uac_bench.xml` presses
`KEYS`. Peers import this file, so it may need nothing but the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CHOICES: Final = ("bench.language", "bench.service", "bench.topic")
ACCOUNT: Final = "bench.account"
KEYS: Final = ("1", "2", "1", "1234")
NUMBER: Final = "26100417"
"""What engines without a case say; Centrala says the case's own number, which is as long."""
SILENCE_MS: Final = 3000
LANGUAGE: Final = "sr"
ROUTE: Final = "inbound"


def commands() -> tuple[str, ...]:
    """Return the AGI commands of the menu, in order: the peers send them word by word."""
    asks = [f"GET DATA {LANGUAGE}/{prompt} {SILENCE_MS} 1" for prompt in CHOICES]
    return (*asks, f"GET DATA {LANGUAGE}/{ACCOUNT} {SILENCE_MS} 4", f'SAY DIGITS {NUMBER} ""')


@dataclass(frozen=True, slots=True)
class Profile:
    """Lengths of the sounds (s), when the caller presses (ms), and how it is run by default."""

    name: str
    prompts: tuple[float, float, float, float]
    digit: float
    first_key_ms: int
    choice_ms: int
    digit_ms: int
    patience_ms: int
    """After the last key: a call that is not over by then has lost a key, and failed."""

    @property
    def call_seconds(self) -> float:
        """How long a call lasts, roughly."""
        waits = self.first_key_ms + 3 * self.choice_ms + 3 * self.digit_ms
        return waits / 1000 + len(NUMBER) * self.digit + 0.1


SIGNALLING: Final = Profile("signalling", (0.02, 0.02, 0.02, 0.02), 0.02, 600, 200, 120, 2500)
"""Sounds of one packet: what is left is the cost of signalling."""
REALISTIC: Final = Profile("realistic", (0.5, 0.8, 1.0, 0.6), 0.3, 1200, 1200, 300, 6000)
"""Sounds as they are spoken: media counts."""
PROFILES: Final = (SIGNALLING, REALISTIC)
