"""What can be said to a caller. Owns the kinds of prompt; must not know sound files or how a text becomes speech."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PromptId:
    """A sound of the town's prompt library. `language` empty: the call's language."""

    id: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits read out one by one (prompts `digits.0` … `digits.9`)."""

    digits: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text that is known only during the call; it is synthesised. `language` empty: the call's language."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound file outside the prompt library (a notice recorded by telephone): its path without extension."""

    path: str


Prompt = PromptId | Digits | Sentence | Sound
