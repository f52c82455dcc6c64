import pytest

from centrala.drill.day_books import Seen
from centrala.drill.day_callers import seen, side
from centrala.drill.day_script import Caller, Plan
from centrala.drill.day_truth import Window, judge_day
from tests.centrala.drill.day_books_made import NOON, person, ring, waited


def judged(caller, one, rings=(), windows=()):
    truth = judge_day({caller.number: caller}, [one], rings, windows)
    return truth, (truth.calls[0] if truth.calls else None)


def test_sipps_log_is_a_callers_book():
    log = (
        "called 0649000001 1800000000.000000 250000.000000\nanswered 0649000001 1800000001.000000 0.000000\n"
        "keyed 0649000001 1800000003 500000\nkeyed 0649000001 1800000005 0\nleft 0649000001 1800000009 0\n"
        "called 0649000002 1800000002 0\n"
    )
    first, second = seen(log)
    assert first == Seen("0649000001", NOON + 0.25, NOON + 1, [NOON + 3.5, NOON + 5], NOON + 9)
    assert (second.answered, second.ended) == (0.0, 0.0)
    assert side(person("0649000002"), second).answered is False
    assert side(person("0649000001"), first).dropped is False


def test_who_was_answered_is_what_the_telephones_say():
    talks = ring("2001", "1", 7, answered=9, ended=15)
    truth, call = judged(person("1"), waited("1", served=15), [talks])
    assert (call.outcome, call.fate, call.sure, truth.strange) == ("operator", "answered", True, [])
    assert call.waited.holds(3.0)
    assert not call.waited.holds(5.0)
    assert [(one.extension, one.seconds.low, one.seconds.high) for one in call.talks] == [("2001", 5.0, 7.0)]


def test_a_ring_after_the_call_is_a_callback_and_no_answer():
    later = ring("2001", "1", 30, answered=31, ended=40)
    _, call = judged(person("1", Plan.CALLBACK), waited("1", served=16), [later])
    assert (call.outcome, call.fate, call.talks) == ("callback_asked", "callback", ())


@pytest.mark.parametrize(
    ("left", "fate", "sure"), [(8.0, "short", True), (11.2, "abandoned", False), (17.0, "abandoned", True)]
)
def test_who_gives_up_near_the_limit_may_be_either(left, fate, sure):
    _, call = judged(person("1", Plan.GIVES_UP), waited("1", left=left))
    assert (call.outcome, call.fate, call.sure) == ("abandoned_queue", fate, sure)


def test_who_hangs_up_in_the_menu_never_asked_for_a_person():
    caller = Caller("1", Plan.TOPICS, "w1w1", 1500, "sr", ("language 1", "language sr", "main 1"), "topics")
    _, call = judged(caller, waited("1", left=7))
    assert (call.outcome, call.fate, call.last) == ("abandoned_menu", None, "topics")


def test_what_no_fault_excuses_is_said():
    assert judged(person("1"), Seen("1", NOON))[0].strange == ["1 was not answered"]
    assert judged(person("1"), Seen("1", NOON, NOON + 1, [NOON + 3, NOON + 5]))[0].strange == ["1 came to no end"]
    assert judged(person("1"), waited("1", served=15))[0].strange == ["1 waited for a person and was hung up on"]
    lost = Seen("1", NOON, NOON + 1, [NOON + 3], NOON + 20)
    assert judged(person("1"), lost)[0].strange == ["1 pressed 1 of 2 keys"]


def test_a_call_that_a_fault_touched_may_be_anything():
    killed = Window("Asterisk killed", NOON + 10, NOON + 15, lines=True)
    talks = ring("2001", "1", 7, answered=9, ended=10, broken=True)
    _, call = judged(person("1"), Seen("1", NOON, NOON + 1, [NOON + 3, NOON + 5]), [talks], [killed])
    assert (call.sure, call.way_sure) == (False, False)
    assert call.talks[0].seconds.holds(0.0)
    assert judged(person("1"), Seen("1", NOON + 11), (), [killed])[1].sure is False
    assert judged(person("1"), waited("1", at=20, left=17), (), [killed])[1].sure, "who called after it is not excused"


def test_a_server_that_dies_touches_only_those_in_the_menu():
    early, late = (Window("agi-1 killed", NOON + at, NOON + at + 2, menu=True) for at in (4, 12))
    talks = ring("2001", "1", 7, answered=9, ended=15)
    for window, way_sure in ((early, False), (late, True)):
        _, call = judged(person("1"), waited("1", served=15), [talks], [window])
        assert (call.sure, call.way_sure) == (True, way_sure), "the operator saw the answer all the same"
    assert judged(person("1", Plan.GIVES_UP), waited("1", left=17), (), [early])[1].sure is False
