"""What looks for a sentence in a recording finds the right one of two readings, and says when one is cut."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from dispatch.wav_files import RATE
from tests.system.heard_audio import HeardCall, Signal


def sentence() -> Signal:
    """Return 1.6 s that are like themselves only where they lie exactly on themselves."""
    return np.random.default_rng(7).normal(0.0, 0.1, int(1.6 * RATE))


def recording(path: Path, *parts: Signal) -> HeardCall:
    samples = np.clip(np.concatenate(parts) * 32768, -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return HeardCall(path)


def with_doubled_10_ms(whole: Signal) -> Signal:
    """Return it as a jitter buffer gives it out that once came 10 ms too late, in the middle of the first piece."""
    at, length = int(0.2 * RATE), RATE // 100
    return np.concatenate((whole[:at], whole[at - length :]))


def test_a_reading_with_a_doubled_packet_is_found_and_not_the_next_reading(tmp_path):
    said, pause = sentence(), np.zeros(RATE)
    call = recording(tmp_path / "heard.wav", pause, with_doubled_10_ms(said), pause, said)
    found = call.find(said)
    assert found is not None
    assert found.whole
    assert found.begin == pytest.approx(1.0, abs=0.02)
    again = call.find(said, after=found.end - 0.1)
    assert again is not None
    assert again.whole
    assert again.begin == pytest.approx(3.61, abs=0.02)


def test_a_sentence_whose_end_is_missing_is_not_whole(tmp_path):
    said, pause = sentence(), np.zeros(RATE)
    call = recording(tmp_path / "heard.wav", pause, said[: len(said) // 2], pause)
    found = call.find(said)
    assert found is not None
    assert not found.whole


def test_what_was_never_said_is_not_found(tmp_path):
    call = recording(tmp_path / "heard.wav", np.zeros(RATE), np.random.default_rng(8).normal(0.0, 0.1, 2 * RATE))
    assert call.find(sentence()) is None
