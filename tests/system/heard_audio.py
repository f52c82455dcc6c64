"""Says which prompts are in a recording: each is looked for by normalised cross-correlation with its own sound.

A telephone network may drop or double a packet, so a prompt is compared in pieces of 0.4 s that may each be a little
earlier or later than the one before; whole and uncut means that every audible piece of it is there, the last one too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from calls.g711 import from_ulaw
from dispatch.wav_files import RATE, read_wav

Signal = npt.NDArray[np.float64]
PIECE = int(0.4 * RATE)
SLIP = int(0.25 * RATE)
"""How far a piece may have moved against the one before it."""
ALIKE = 0.65
"""Where a sound is looked for anywhere."""
FOLLOWS = 0.5
"""Where it is looked for in its place: a packet lost in the middle of a piece halves its likeness."""
SOON = 6.0
"""Seconds within which most prompts begin: looked at first, because a long search costs much."""
AUDIBLE = 0.004
"""RMS of a piece that can be compared at all: −48 dBFS."""


@dataclass(frozen=True)
class Found:
    """Where a sound begins and ends (s), and which of its audible pieces were heard."""

    begin: float
    end: float
    heard: tuple[bool, ...]

    @property
    def whole(self) -> bool:
        """Not cut: a piece may suffer from a lost packet, two neighbours or many may not."""
        lost = self.heard.count(False)
        neighbours = any(not one and not other for one, other in pairwise(self.heard))
        return lost <= max(1, len(self.heard) // 8) and not neighbours


def signal(samples: npt.NDArray[np.int16]) -> Signal:
    return samples.astype(np.float64) / 32768


def sound(stem: Path) -> Signal:
    """Return a sound of the prompt library, given without extension, without the silence around it."""
    found = signal(from_ulaw(stem.with_name(f"{stem.name}.ulaw").read_bytes()))
    loud = np.flatnonzero(np.abs(found) > AUDIBLE * 2)
    assert loud.size, f"{stem} is silent"
    return found[loud[0] : loud[-1] + 1]


def likeness(where: Signal, what: Signal) -> Signal:
    """Return the normalised cross-correlation at every place: 1.0 is the same sound at any loudness."""
    size = len(where) - len(what) + 1
    if size < 1:
        return np.zeros(1)
    length = 1 << (len(where) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(where, length) * np.conj(np.fft.rfft(what, length)), length)[:size]
    sums = np.concatenate(([0.0], np.cumsum(where**2)))
    power = np.maximum(sums[len(what) :] - sums[: -len(what)], 1e-6)
    return product / np.sqrt(power * (what**2).sum())


def pieces(what: Signal) -> list[tuple[int, Signal]]:
    """Return (offset, piece) of every piece that is loud enough to be compared."""
    offsets = [*range(0, max(len(what) - PIECE, 0), PIECE), max(len(what) - PIECE, 0)]
    parts = [(offset, what[offset : offset + PIECE]) for offset in offsets]
    return [(offset, part) for offset, part in parts if np.sqrt((part**2).mean()) > AUDIBLE]


def _places(alike: Signal) -> list[int]:
    """Return where a likeness is high: the top of each neighbourhood of 50 ms, in order."""
    tops: list[int] = []
    for near in np.flatnonzero(alike >= ALIKE):
        if not tops or near - tops[-1] >= RATE // 20:
            tops.append(int(near) + int(alike[near : near + RATE // 20].argmax()))
    return tops


class HeardCall:
    """A recording of what a caller heard."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples = signal(read_wav(path))

    def find(self, what: Signal, *, after: float = 0.0, within: float = 120.0) -> Found | None:
        """Return where `what` is, not before `after` and beginning at most `within` s later; None: it is not there.

        Prompts begin alike ("Pre …"), so the first piece may be found in another prompt: of all places where it is,
        the first from which the whole follows counts, else the one from which most does.
        """
        parts = pieces(what)
        found: Found | None = None
        for width in (SOON, within) if within > SOON else (within,):
            found = self._find(parts, len(what), int(after * RATE), int(width * RATE))
            if found is not None and found.whole:
                break
        return found

    def _find(self, parts: list[tuple[int, Signal]], length: int, start: int, within: int) -> Found | None:
        region = self.samples[start : start + within + length]
        best: Found | None = None
        # All begins first, then in order of time: a packet doubled in the first piece must not send the search on to
        # the same sentence's next reading.
        begins = sorted(place - offset for offset, part in parts[:3] for place in _places(likeness(region, part)))
        last: int | None = None
        for begin in begins:
            if last is not None and begin - last < RATE // 100:
                continue  # the same begin, found by another piece
            last = begin
            found = self._follow(parts, start + begin, length)
            if found.whole:
                return found
            if best is None or sum(found.heard) > sum(best.heard):
                best = found
        return best

    def _follow(self, parts: list[tuple[int, Signal]], begin: int, length: int) -> Found:
        shift, heard = begin, []
        for offset, part in parts:
            low = max(shift + offset - SLIP, 0)
            alike = likeness(self.samples[low : shift + offset + len(part) + SLIP], part)
            place = int(alike.argmax())
            heard.append(bool(alike[place] >= FOLLOWS))
            if heard[-1]:
                shift = low + place - offset
        return Found(begin / RATE, (shift + length) / RATE, tuple(heard))

    def digits(self, library: Path, *, after: float, before: float = 1e6, most: int = 24) -> tuple[str, float]:
        """Return (digits read out, when they end): each is the likeliest of the ten, as long as one follows soon."""
        spoken = {str(digit): sound(library / f"digits.{digit}") for digit in range(10)}
        found, at = "", int(after * RATE)
        while len(found) < most:
            candidates = [(*self._digit_near(at, what), digit) for digit, what in spoken.items()]
            score, end, digit = max(candidates)
            if score < FOLLOWS + 0.05 or end > before * RATE:  # other digits and words reach 0.4
                break
            found, at = found + digit, end
        return found, at / RATE

    def _digit_near(self, at: int, what: Signal) -> tuple[float, int]:
        """Return (likeness, end in samples) of a digit that begins within 0.7 s; a half will do after a lost packet."""
        half = len(what) // 2
        best = (0.0, at)
        for offset, part, weight in ((0, what, 1.0), (0, what[:half], 0.7), (half, what[half:], 0.7)):
            alike = likeness(self.samples[at + offset : at + offset + int(0.7 * RATE) + len(part)], part)
            place = int(alike.argmax())
            best = max(best, (float(alike[place]) * weight, at + place + len(what)))
        return best
