"""Every alarm that the sources can raise has words: on pages in each catalogue, on the telephone in each language."""

import ast
from pathlib import Path

import pytest

from agent_console.pages.texts import catalogue
from calls.alarms import AlarmKind
from calls.languages import LANGUAGES
from cases.alarm_text import WORDS
from tests.alarms_said import ENGLISH, SERBIAN

CHECKOUT = Path(__file__).parents[2]
SOURCES = [
    (path.relative_to(CHECKOUT).as_posix(), ast.parse(path.read_text("utf-8")))
    for folder in CHECKOUT.glob("*/__init__.py")
    if folder.parent.name != "tests"
    for path in folder.parent.rglob("*.py")
]
KINDS = "calls/alarms.py"
SPOKEN = "cases/alarm_text.py"


def named(tree):
    """Return the members of AlarmKind that a module names."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "AlarmKind"
    }


def calls_of(tree, name):
    """Return the calls of a function, by its own name or as somebody's attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
            yield node


def test_what_is_raised_is_a_kind_and_every_kind_is_raised():
    raising = {path: tree for path, tree in SOURCES if list(calls_of(tree, "raise_alarm"))}
    assert len(raising) >= 10
    assert set.union(*map(named, raising.values())) == {kind.name for kind in AlarmKind}


def test_an_alarms_id_is_made_of_a_kind_alone():
    """The type checker refuses any other text where an AlarmId is wanted: nobody may make one by hand."""
    assert {path for path, tree in SOURCES if list(calls_of(tree, "AlarmId"))} == {KINDS}
    for path, tree in SOURCES:
        wanted = [call.args[1] for call in calls_of(tree, "raise_alarm")]
        assert not [one for one in wanted if isinstance(one, ast.Constant | ast.JoinedStr)], path


@pytest.mark.parametrize("name", ["sr", "en"])
def test_pages_say_what_is_wrong_and_what_to_do_for_each_kind_and_no_other(name):
    stored = {key for key in catalogue(name) if key.startswith("alarm.")}
    assert stored == {f"alarm.{kind}.{part}" for kind in AlarmKind for part in ("what", "do")}
    said = [catalogue(name)[key] for key in stored]
    assert len(set(said)) == len(said)
    assert [text for text in said if not 10 < len(text) < 95] == [], "one short sentence"


def test_each_catalogue_is_in_its_own_language():
    for key in (one for one in catalogue("sr") if one.startswith("alarm.")):
        assert not ENGLISH.search(catalogue("sr")[key]), key
        assert not SERBIAN.search(catalogue("en")[key]), key
    for own, text in ((SERBIAN, "sr"), (ENGLISH, "en")):  # the two patterns see what they are for
        said = [words for key, words in catalogue(text).items() if key.startswith("alarm.")]
        assert sum(bool(own.search(words)) for words in said) > len(said) / 2


def test_the_telephone_has_a_sentence_for_each_kind_in_each_language_and_no_other():
    assert set(WORDS) == set(LANGUAGES)
    assert [language for language, words in WORDS.items() if set(words.about) != set(AlarmKind)] == []
