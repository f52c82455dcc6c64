"""Sentences made while a caller waits (a case's status, an order): implements `calls.ports.SentenceSpeaker`.

Owns the time limit, the cache's key and what happens when espeak-ng fails; must not know who is listening.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from typing_extensions import override

from calls.ports import SentenceSpeaker, SpeechError
from speech.audio import to_telephone
from speech.circuit_breaker import CircuitBreaker
from speech.espeak import VOICES, Espeak, complaint, prepare, read_wav
from speech.sound_cache import SoundCache

logger = logging.getLogger(__name__)

DEFAULT_LIMIT_SECONDS: Final = 1.8
"""Below the two seconds that callers of `speak` wait: were they quicker, the breaker would count nothing."""
DEFAULT_CACHE_BYTES: Final = 64 * 1024 * 1024
_AT_ONCE: Final = 2  # more would only make every caller wait longer
_RECIPE: Final = "1"  # raise it when the sound of a sentence changes


class EspeakSentenceSpeaker(SentenceSpeaker):
    """Speaks through espeak-ng into `folder`. Three failures in a row: for 15 s it refuses at once."""

    def __init__(
        self,
        espeak: Espeak,
        folder: Path,
        *,
        time_limit: float = DEFAULT_LIMIT_SECONDS,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._espeak = espeak
        self._cache = SoundCache(folder, cache_bytes)
        self._time_limit = time_limit
        self._breaker = CircuitBreaker(failures=3, pause=15.0, monotonic=monotonic)
        self._turn = asyncio.Semaphore(_AT_ONCE)

    @override
    async def speak(self, text: str, language: str) -> Path:
        """Return the path without extension. Raises SpeechError, at the latest when the time is up."""
        argv = self._espeak.argv(language)
        speakable = prepare(text)
        name = hashlib.sha256(b"\0".join((_RECIPE.encode(), repr(VOICES[language]).encode(), speakable))).hexdigest()[
            :32
        ]
        if (known := self._cache.find(name)) is not None:
            return known
        if not self._breaker.allows():
            raise SpeechError("espeak-ng failed several times in a row; not tried for some seconds")
        try:
            async with asyncio.timeout(self._time_limit), self._turn:
                wav = await self._run(argv, speakable)
                path = await asyncio.to_thread(self._keep, name, wav)
        except TimeoutError as error:
            self._failed(f"espeak-ng did not finish within {self._time_limit:g} s")
            raise SpeechError(f"espeak-ng did not finish within {self._time_limit:g} s") from error
        except (OSError, ValueError, SpeechError) as error:
            self._failed(str(error))
            raise SpeechError(f"a sentence could not be spoken: {error}") from error
        self._breaker.succeeded()
        return path

    async def _run(self, argv: list[str], text: bytes) -> bytes:
        """Return espeak-ng's output. The process is gone when this returns or is cancelled."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._espeak.full_environment(),
        )
        try:
            output, errors = await process.communicate(text)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise SpeechError(complaint(process.returncode, errors))
        return output

    def _keep(self, name: str, wav: bytes) -> Path:
        return self._cache.store(name, to_telephone(*read_wav(wav)))

    def _failed(self, reason: str) -> None:
        was_open = self._breaker.is_open
        self._breaker.failed()
        if self._breaker.is_open and not was_open:
            logger.error("spoken sentences are switched off for a while: %s", reason)
        else:
            logger.warning("%s", reason)
