"""What a caller who presses these keys must hear: the town's own flows, run by the pure engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agi.dependencies import Town as Menu
from centrala.settings import CHECKOUT
from centrala.town_files import WholeTown, read_town
from ivr.answers import Answer, CaseCreated, Keys, LookupResult, Recorded
from ivr.context import CallContext
from ivr.engine import resume, start
from ivr.prompts import Digits, Prompt, PromptId, Sentence
from ivr.waits import CreateCase, End, Gather, Lookup, Record


@dataclass(frozen=True)
class Expected:
    """A prompt in the language it is said in. `whole`: it is heard to its end, no key cuts it short."""

    prompt: Prompt
    language: str
    whole: bool


def sample_town() -> WholeTown:
    return read_town(CHECKOUT / "municipality")


def heard_in(
    menu: Menu,
    flow: str,
    keys: Sequence[str],
    *,
    language: str = "",
    case: CaseCreated | None = None,
    status: str = "",
) -> tuple[list[Expected], End | None]:
    """Return what is heard, in order, and how it ends; None: the flow waits for a key and the caller has no more.

    `keys`: one answer for each question, "" for silence. `case`: the number and PIN that a message gets;
    `status`: the sentence that a look-up finds.
    """
    context = CallContext(
        datetime.now(UTC),
        menu.calendar,
        menu.notices,
        default_language=menu.default_language,
        queue_for=menu.queue_for,
    )
    left = list(keys)
    turn = start(menu.flows, flow, context, language)
    expected: list[Expected] = []
    while True:
        spoken = turn.session.language
        for command in turn.commands:
            expected += _said(command.prompts, spoken, whole=True)
        wait = turn.wait
        if isinstance(wait, Gather):
            pressed = left.pop(0) if left else None
            cut = bool(pressed)
            # A key cuts the first of them short; what would follow it is not heard.
            expected += _said(wait.prompts[:1] if cut else wait.prompts, spoken, whole=not cut)
            if pressed is None:
                return expected, None
            answer: Answer = Keys(pressed)
        elif isinstance(wait, End):
            return expected, wait
        else:
            answer = _store_says(wait, case, status)
        turn = resume(menu.flows, turn.session, answer, context)


def _store_says(wait: Lookup | Record | CreateCase, case: CaseCreated | None, status: str) -> Answer:
    match wait:
        case Lookup():
            return LookupResult(bool(status), status)
        case Record():
            return Recorded("messages/1.wav", 10.0, hung_up=False)
        case CreateCase():
            assert case is not None
            return case


def _said(prompts: Sequence[Prompt], language: str, *, whole: bool) -> Iterator[Expected]:
    for prompt in prompts:
        own = "" if isinstance(prompt, Digits) else getattr(prompt, "language", "")
        yield Expected(prompt, own or language, whole)


def sound_stem(prompt: PromptId | Sentence, language: str, library: Path, said: Path | None = None) -> Path:
    """Return where the prompt's sound is, without extension."""
    if isinstance(prompt, PromptId):
        return library / language / prompt.id
    assert said is not None
    return said
