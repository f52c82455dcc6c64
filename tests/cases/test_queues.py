"""Which queue a caller comes to, who answers in it, and that nobody is sent in a circle."""

from pathlib import Path

import pytest

from cases.queues import Overflow, TownQueue, choose_queue, overflow_circle
from cases.town import Operator
from cases.town_loader import load_town

SAMPLE = load_town(Path(__file__).parents[2] / "municipality")
GENERAL = TownQueue(name="operators")
HUNGARIAN = TownQueue(name="hungarian", languages=("hu",))
UTILITIES = TownQueue(name="utilities", subjects=("utilities",))
BOTH = TownQueue(name="both", languages=("hu",), subjects=("utilities",))


@pytest.mark.parametrize(
    ("language", "subject", "queues", "chosen"),
    [
        ("sr", "", (GENERAL, HUNGARIAN, UTILITIES), "operators"),
        ("hu", "", (GENERAL, HUNGARIAN, UTILITIES), "hungarian"),
        ("sr", "utilities", (GENERAL, HUNGARIAN, UTILITIES), "utilities"),
        ("hu", "utilities", (GENERAL, UTILITIES, HUNGARIAN), "hungarian"),
        ("hu", "utilities", (GENERAL, HUNGARIAN, UTILITIES, BOTH), "both"),
        ("hu", "water", (GENERAL, BOTH), "operators"),
        ("hu", "", (GENERAL,), "operators"),
    ],
)
def test_a_caller_comes_to_the_queue_that_fits_most(language, subject, queues, chosen):
    assert choose_queue(queues, "operators", "operators", language, subject) == chosen


def test_a_flow_may_insist_on_a_queue_but_not_on_one_that_is_not_there():
    assert choose_queue((GENERAL, HUNGARIAN), "operators", "hungarian", "sr", "") == "hungarian"
    assert choose_queue((GENERAL, HUNGARIAN), "operators", "gone", "hu", "") == "hungarian"


def test_an_operator_answers_where_a_skill_is_asked_for_that_they_have():
    assert GENERAL.answers((), ())
    assert HUNGARIAN.answers(("sr", "hu"), ())
    assert not HUNGARIAN.answers(("sr",), ("utilities",))
    assert not BOTH.answers(("hu",), ())
    assert BOTH.answers(("hu",), ("utilities", "water"))


def test_a_phones_queues_follow_from_the_skills_of_its_operator():
    assert SAMPLE.queues_of("2002") == ("operators", "hungarian", "own-2002")
    assert SAMPLE.queues_of("2001") == ("operators", "english", "own-2001")
    assert SAMPLE.queues_of("2099") == ("operators",), "a phone that the town does not name"
    without = SAMPLE.model_copy(update={"queues": (), "operators": (Operator(extension="2001"),)})
    assert without.queues_of("2001") == ("operators", "own-2001"), "the old `queue:` alone"


def test_nobody_is_sent_in_a_circle():
    def queue(name, **overflow):
        return TownQueue(name=name, overflow=Overflow.model_validate(overflow))

    assert overflow_circle(SAMPLE.all_queues) == ()
    a, b = queue("a", wait={"to": "b"}), queue("b", empty={"to": "a"})
    assert set(overflow_circle((a, b))) == {"a", "b"}
    assert overflow_circle((queue("a", wait={"to": "a"}),)) == ("a",)
    assert overflow_circle((a, queue("b", crowded={"waiting_per_ready": 3, "to": "2005"}))) == ()
