"""The texts of the prompt library: what each prompt says in each language, and which prompts flows need.

Must not know sound files: `speech` makes those from these texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from calls.languages import LANGUAGES
from calls.problems import FileProblemsError, Problem
from calls.yaml_source import parse_yaml
from ivr.answering import NO_KEY, WRONG_KEY
from ivr.loader import Flows
from ivr.nodes import Spoken
from ivr.notice_file import load_notices
from ivr.notices import Notice
from ivr.run import TO_OPERATOR

DIGIT_PROMPTS: Final = frozenset(f"digits.{digit}" for digit in range(10))

OUTSIDE_FLOWS: Final = frozenset(
    {
        "error.sorry",
        *(f"queue.{name}" for name in ("wait", "next")),
        *(f"fallback.{name}" for name in ("hold", "message", "thanks")),
        *(
            f"notice.{name}"
            for name in (
                *("intro", "enter_pin", "wrong_pin", "record_after_tone", "nothing_recorded"),
                *("saved", "off", "failed"),
            )
        ),
        *(
            f"callback.{name}"
            for name in ("on_number", "confirm", "key_number", "not_allowed", "promised", "back_to_queue")
        ),
        *(
            f"order.{name}"
            for name in (
                *("intro", "keys", "taken", "more_time", "handed_over", "no_key", "wrong_key"),
                *("unknown", "goodbye"),
            )
        ),
    }
)
"""Prompts that no flow names: queues, the dialplan's fallbacks, `*71`/`*72` and order calls say them."""


def load_prompt_texts(municipality_dir: Path, languages: tuple[str, ...] = LANGUAGES) -> dict[str, dict[str, str]]:
    """Return language → prompt id → text, the notices of notices.yaml included. Raises FileProblemsError."""
    problems: list[Problem] = []
    texts: dict[str, dict[str, str]] = {}
    for language in languages:
        file = municipality_dir / "prompts" / f"prompts.{language}.yaml"
        try:
            source = parse_yaml(file.read_text("utf-8"), str(file))
            texts[language] = {}
            for prompt, text in source.mapping().items():
                if isinstance(text, str) and text.strip():
                    texts[language][prompt] = text.strip()
                else:
                    problems.append(source.problem((prompt,), f"prompt `{prompt}` has no text", "write what is said"))
        except FileProblemsError as error:
            problems.extend(error.problems)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(file), 0, f"cannot be read ({error})", "add this file, saved as UTF-8"))
    if problems:
        raise FileProblemsError(problems)
    for notice in load_notices(municipality_dir):
        add_notice(texts, notice)
    return texts


def add_notice(texts: dict[str, dict[str, str]], notice: Notice) -> None:
    """Add a notice's texts under its prompt id, in each language that it is written in."""
    for language, text in notice.texts.items():
        if language in texts:
            texts[language][notice.prompt_id] = text


def required_prompts(flows: Flows) -> set[str]:
    """Return every prompt id that must exist in each language: of flows, engine, queues, fallbacks, order calls."""
    named = {spoken.prompt for node in flows.nodes.values() for spoken in node.spoken() if spoken.prompt}
    return named | DIGIT_PROMPTS | OUTSIDE_FLOWS | {NO_KEY, WRONG_KEY, TO_OPERATOR}


def missing_texts(texts: Mapping[str, Mapping[str, str]], required: set[str]) -> list[tuple[str, str]]:
    """Return (language, prompt id) of each required prompt without a text, sorted."""
    return sorted((language, prompt) for language in texts for prompt in required - set(texts[language]))


def spoken_topics(flows: Flows) -> set[str]:
    """Return the notice topics that flows say."""

    def topics(spoken: tuple[Spoken, ...]) -> set[str]:
        return {item.notice for item in spoken if item.notice}

    return set().union(*(topics(node.spoken()) for node in flows.nodes.values()))
