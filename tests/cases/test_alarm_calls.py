from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from calls.alarms import AlarmKind, alarm_id
from calls.languages import LANGUAGES
from cases.alarm_calls import Patience, next_call
from cases.alarm_text import WORDS, spoken_alarm

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DUTY = ("2005", "2004")
PATIENCE = Patience(between=timedelta(seconds=10), round=timedelta(seconds=60), taken=timedelta(hours=1))


@dataclass
class Past:
    outcome: str | None
    ended_at: datetime | None = START
    target: str = "2005"


def plan(*outcomes):
    found = next_call([Past(one) for one in outcomes], DUTY, START, PATIENCE)
    return None if found is None else (found.target, (found.at - START).total_seconds())


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((), ("2005", 0)),
        (("no_answer",), ("2004", 10)),
        (("handed_over",), ("2004", 0)),  # key 3: the next person, at once
        (("no_answer", "no_key"), ("2005", 60)),  # all were rung: a pause, then from the beginning
        (("no_answer", "no_key", "failed"), ("2004", 10)),
        (("acknowledged",), ("2005", 3600)),  # taken: peace, and then again when it still stands
        (("no_answer", "acknowledged"), ("2004", 3600)),
    ],
)
def test_whom_to_ring_next_and_when(outcomes, expected):
    assert plan(*outcomes) == expected


def test_where_one_telephone_is_all_there_is_it_lets_go_of_the_call_first():
    found = next_call([Past("handed_over")], ("2005",), START, PATIENCE)
    assert (found.target, found.at - START) == ("2005", timedelta(seconds=10))


def test_nobody_is_rung_twice_at_once_and_without_telephones_nobody_is_rung():
    assert next_call([Past(None, None)], DUTY, START) is None
    assert next_call([], (), START) is None


def test_it_goes_on_until_somebody_takes_it():
    assert plan(*["no_answer"] * 501) == ("2004", 10)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", AlarmKind)
def test_an_alarm_is_said_twice_in_short_sentences_and_then_the_keys(kind, language):
    said = spoken_alarm(alarm_id(kind, "telekom 7"), language)
    assert said[1] == said[3] != WORDS[language].other
    assert all(len(sentence) < 130 and sentence.endswith(".") for sentence in said)
    assert not any(sign.isdigit() for sign in "".join(said)), "numbers are words"
    assert "telekom" not in " ".join(said), "names and paths are for the screen"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alarm_of_a_newer_version_is_said_to_be_one(language):
    assert spoken_alarm("never_heard_of", language)[1] == WORDS[language].other


def test_no_two_languages_or_kinds_share_a_sentence():
    said = [text for words in WORDS.values() for text in (*words.about.values(), words.intro, words.keys, words.other)]
    assert len(said) == len(set(said))
