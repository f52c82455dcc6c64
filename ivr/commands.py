"""What the engine tells the telephone side to do at once, before it waits. Owns the commands, not their execution."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Play:
    """Say the prompts to the end, one after another; keys are not listened to. Never empty."""

    prompts: tuple[Prompt, ...]


Command = Play
