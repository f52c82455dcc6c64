"""Text to samples through the espeak-ng program.

Owns the voices, how espeak-ng is called and how its answer is read; must not know files, caches or telephones' codecs.
"""

from __future__ import annotations

import os
import subprocess
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from calls.ports import SpeechError

MAXIMUM_CHARACTERS: Final = 2000
_DATA_CHUNK: Final = b"data"


@dataclass(frozen=True, slots=True)
class Voice:
    """One espeak-ng voice; `gap` in steps of 10 ms between words, because a telephone has no lips to read.

    `words_per_minute` is what espeak-ng takes for it, not what comes out: the figures below give 120–150 real words a
    minute, fewer where words are long, so that the same menu lasts about as long in every language.
    """

    name: str
    words_per_minute: int
    gap: int
    pitch: int = 45


VOICES: Final[Mapping[str, Voice]] = {
    "sr": Voice("sr", 165, 1),
    "en": Voice("en-gb", 160, 1),
    "hu": Voice("hu", 175, 1),
    "sk": Voice("sk", 165, 1),
    "ro": Voice("ro", 185, 1),
}
"""The voice of each language."""


@dataclass(frozen=True, slots=True)
class Espeak:
    """How to start espeak-ng: `command` is its argv prefix, `environment` is added to the process's own."""

    command: Sequence[str] = ("espeak-ng",)
    environment: Mapping[str, str] = field(default_factory=dict)

    def argv(self, language: str) -> list[str]:
        """Return the command that turns text on stdin into WAV on stdout; the text itself is never an argument."""
        voice = VOICES.get(language)
        if voice is None:
            raise SpeechError(f"no voice for language {language!r}; known: {', '.join(VOICES)}")
        return [
            *self.command,
            *("-v", voice.name, "-s", str(voice.words_per_minute), "-g", str(voice.gap), "-p", str(voice.pitch)),
            *("-b", "1", "--stdin", "--stdout"),
        ]

    def full_environment(self) -> dict[str, str]:
        """Return the environment to start espeak-ng with."""
        return {**os.environ, **self.environment}

    def version(self) -> str:
        """Return what espeak-ng says of itself, without its data folder. Raises SpeechError when it does not start."""
        output = self._run([*self.command, "--version"], b"", 5).decode("utf-8", "replace")
        return output.split("Data at:")[0].strip()

    def synthesise(self, text: str, language: str, timeout: float = 30) -> tuple[npt.NDArray[np.float32], int]:
        """Return samples (−1…1) and their rate. `timeout` in seconds. Raises SpeechError."""
        return read_wav(self._run(self.argv(language), prepare(text), timeout))

    def _run(self, argv: list[str], text: bytes, timeout: float) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - argv is ours; the text travels on stdin
                argv, input=text, capture_output=True, timeout=timeout, env=self.full_environment(), check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SpeechError(f"espeak-ng did not finish within {timeout:g} s") from error
        except OSError as error:
            raise SpeechError(
                f"espeak-ng does not start ({error.strerror or error}): install it or run set-up"
            ) from error
        if done.returncode != 0:
            raise SpeechError(complaint(done.returncode, done.stderr))
        return done.stdout


def complaint(returncode: int, stderr: bytes) -> str:
    """Return one line saying how espeak-ng failed."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return f"espeak-ng failed ({returncode}): {lines[0][:200] if lines else 'no message'}"


def prepare(text: str) -> bytes:
    """Return the text as espeak-ng may have it: no control characters (they are its commands), no phoneme brackets.

    Raises SpeechError when nothing speakable is left or the text is longer than `MAXIMUM_CHARACTERS`.
    """
    plain = "".join(" " if unicodedata.category(sign).startswith("C") else sign for sign in text)
    plain = " ".join(plain.replace("[", " ").replace("]", " ").split())
    if len(plain) > MAXIMUM_CHARACTERS:
        raise SpeechError(f"text of {len(plain)} characters is too long to speak; at most {MAXIMUM_CHARACTERS}")
    if not any(sign.isalnum() for sign in plain):
        raise SpeechError(f"nothing to speak in {text[:40]!r}")
    return plain.encode()


def read_wav(data: bytes) -> tuple[npt.NDArray[np.float32], int]:
    """Read espeak-ng's WAV (mono, 16 bit; its length field is not true on a pipe). Raises SpeechError."""
    start = data.find(_DATA_CHUNK, 12)
    if not data.startswith(b"RIFF") or start < 0 or len(data) - start < 10:
        raise SpeechError("espeak-ng gave no sound")
    rate = int.from_bytes(data[24:28], "little")
    body = data[start + 8 :]
    samples = np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2")
    if not samples.size or not samples.any():
        raise SpeechError("espeak-ng gave only silence")
    return samples.astype(np.float32) / np.float32(32768), rate
