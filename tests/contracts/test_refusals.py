"""Every refusal of the console has its words: whoever adds one without them, or leaves words behind, fails here."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from agent_console.pages.refusals import LABELS
from agent_console.pages.texts import catalogue
from agent_console.problems import TITLES
from agent_console.wrong_field import OTHER, REASONS

CHECKOUT = Path(__file__).parents[2]
GENERAL = {"invalid_field", "conflict", "illegal_transition", "forbidden", "not_found"}
"""These say too little to a person: each of their refusals has a reason."""
PASSED_ON = {"agent_console/problems.py", "agent_console/guard.py", "agent_console/wrong_field.py"}
"""Where a reason is no literal: it comes from a call or a table that is collected here."""
TITLES_OF_THE_PAGE = {"title", "back"}
LIMITS = {"most", "least", "known"}


@cache
def calls_of(path):
    tree = ast.parse(path.read_text("utf-8"))
    return [one for one in ast.walk(tree) if isinstance(one, ast.Call)]


def named(call):
    return {one.arg: one.value for one in call.keywords}


def refusals():
    """Return the (place, error id, reason, names of the members that it gives) of each `Problem(…)`.

    The reason is "" without one, None when it is no literal.
    """
    found = []
    for path in sorted((CHECKOUT / "agent_console").rglob("*.py")):
        for call in calls_of(path):
            if getattr(call.func, "id", "") != "Problem":
                continue
            place = f"{path.relative_to(CHECKOUT)}:{call.lineno}"
            keywords = named(call)
            reason = keywords.get("reason")
            said = "" if reason is None else reason.value if isinstance(reason, ast.Constant) else None
            assert isinstance(call.args[1], ast.Constant), f"{place}: the error id is a literal"
            found.append((place, call.args[1].value, said, set(keywords) - {"reason", "field"}))
    return found


def passed_reasons():
    """Return the reasons that refusals get from elsewhere: what does not exist, and what the exchange refused."""
    found = set()
    for folder in ("agent_console", "ami", "calls"):
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            for call in calls_of(path):
                name = getattr(call.func, "id", "")
                if name == "not_found":
                    assert isinstance(call.args[1], ast.Constant), f"{path}:{call.lineno}: the reason is a literal"
                    found.add(call.args[1].value)
                elif name == "CallControlError" or "super().__init__(message, reason=" in ast.unparse(call):
                    reason = named(call).get("reason")
                    if reason is not None:
                        assert isinstance(reason, ast.Constant), f"{path}:{call.lineno}: the reason is a literal"
                        found.add(reason.value)
    return found


def test_the_walk_finds_what_there_is():
    assert len(refusals()) > 100
    assert {"no_case", "caller_left", "phone_not_answered"} <= passed_reasons()


def test_a_general_refusal_has_a_reason():
    assert [place for place, error_id, reason, _ in refusals() if error_id in GENERAL and reason == ""] == []


def test_a_reason_is_a_literal_or_collected_here():
    computed = {place.partition(":")[0] for place, _, reason, _ in refusals() if reason is None}
    assert computed == PASSED_ON


@pytest.mark.parametrize("language", ["sr", "en"])
def test_every_refusal_has_its_words_and_no_words_are_left_behind(language):
    words = {key.removeprefix("problem.") for key in catalogue(language) if key.startswith("problem.")}
    used = {reason or error_id for _, error_id, reason, _ in refusals() if reason is not None}
    used |= passed_reasons() | {*REASONS.values(), OTHER, "pbx_refused"} | TITLES_OF_THE_PAGE
    assert used - words == set(), "refusals without words"
    assert words - used == set(), "words without a refusal"


def test_every_error_id_has_its_title():
    used = {error_id for _, error_id, _, _ in refusals()}
    assert used == set(TITLES)


@pytest.mark.parametrize("language", ["sr", "en"])
def test_a_sentence_asks_for_nothing_that_its_refusal_does_not_give(language):
    given = defaultdict(list)
    for place, error_id, reason, members in refusals():
        if reason is not None:
            given[reason or error_id].append((place, members))
    for reason in passed_reasons():
        given[reason].append(("passed on", set()))
    for reason in (*REASONS.values(), OTHER):
        given[reason].append(("a field", LIMITS))
    for reason, sites in given.items():
        wanted = set(re.findall(r"{(\w+)}", catalogue(language)[f"problem.{reason}"]))
        assert [place for place, members in sites if wanted - members] == [], reason


def test_every_name_of_a_field_is_on_a_page():
    assert [key for key in LABELS.values() if key not in catalogue("sr")] == []
