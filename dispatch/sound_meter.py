"""When the other side is heard and when it is silent, from level readings. Pure; must not know where levels come from.

A level is pjmedia's reading of one frame, 0–255 roughly logarithmic: a sine of
−50 dBFS reads 3, −38 reads 9, −30 reads 15, −12 reads 32.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

AUDIBLE: Final = 8
"""Lowest level that counts as sound: above line noise, below quiet speech."""

_WINDOW: Final = 5
_NEEDED: Final = 3


@dataclass(slots=True)
class SoundMeter:
    """Feed it about every 20 ms. `sounding` is the present state, `changed_at` when it began (seconds, any clock)."""

    gap: float = 0.35
    """Seconds below AUDIBLE that end a sound: longer than a stop consonant, shorter than the gap after a sentence."""
    sounding: bool = False
    changed_at: float = 0.0
    loudest: int = 0
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=_WINDOW))
    _last_audible: float = 0.0

    def feed(self, at: float, level: int) -> bool | None:
        """Take a reading. Return True when sound begins, False when it has ended, None when nothing changed."""
        audible = level >= AUDIBLE
        self._recent.append(audible)
        self.loudest = max(self.loudest, level)
        if audible:
            self._last_audible = at
        if not self.sounding and sum(self._recent) >= _NEEDED:
            self.sounding, self.changed_at = True, at
            return True
        if self.sounding and at - self._last_audible >= self.gap:
            self.sounding, self.changed_at = False, self._last_audible
            self._recent.clear()
            return False
        return None
