"""Parts of conversations out of pasted CEL tables: nothing is counted twice, whatever happens to the call."""

import itertools
from datetime import timedelta

import pytest

from calls.cel import CelRow
from cases.segments import segments_of
from tests.cases.cel_tables import START

C, A, B = ("PJSIP/test-00000001", "1.1"), ("PJSIP/2001-00000002", "1.2"), ("PJSIP/w2002-00000003", "1.3")
UTILITY = ("PJSIP/city-00000004", "1.4")


def row(second, event, who, bridge=""):
    data = {"bridge_id": bridge} if bridge else {}
    return CelRow(event, START + timedelta(seconds=second), "1.1", who[1], who[0], data)


def enter(second, bridge, *people):
    return [row(second, "BRIDGE_ENTER", who, bridge) for who in people]


def leave(second, *people):
    return [row(second, "BRIDGE_EXIT", who) for who in people]


def over(second, *people):
    return [row(second, event, who) for who in people for event in ("HANGUP", "CHAN_END")]


def begin(second, *people):
    return [row(second, "CHAN_START", who) for who in people]


def parts(rows, **options):
    return [
        (
            one.operator,
            one.kind.value,
            (one.began_at - START).total_seconds(),
            None if one.ended_at is None else (one.ended_at - START).total_seconds(),
        )
        for one in segments_of(rows, **options)
    ]


ANSWERED = begin(0, C) + begin(10, A) + enter(12, "x", A, C)
HELD = leave(20, C, A) + enter(20.02, "h", A)
TAKEN_BACK = leave(30, A) + enter(30.01, "y", A, C)


def test_talk_hold_and_talk_again():
    rows = ANSWERED + HELD + TAKEN_BACK + leave(40, C, A) + over(40.01, C, A)
    assert parts(rows) == [("2001", "talk", 12, 20), ("2001", "hold", 20, 30.01), ("2001", "talk", 30.01, 40)]


def test_the_time_it_takes_to_end_two_channels_is_no_hold():
    rows = ANSWERED + leave(40, A) + over(40.1, A) + leave(40.15, C) + over(40.2, C)
    assert parts(rows) == [("2001", "talk", 12, 40)]


def test_after_a_blind_transfer_the_first_operators_talk_is_over():
    rows = ANSWERED + leave(20, C, A) + over(20.01, A) + begin(20.1, B) + enter(25, "z", B, C)
    assert parts(rows + leave(90, B, C) + over(90, B, C)) == [("2001", "talk", 12, 20), ("2002", "talk", 25, 90)]


def test_consult_and_put_through():
    rows = ANSWERED + leave(20, C, A) + begin(20.1, B) + enter(24, "q", B, A)
    rows += enter(30, "q", C) + leave(30.1, A) + over(30.1, A) + leave(50, B, C) + over(50, B, C)
    assert parts(rows) == [
        ("2001", "talk", 12, 20),
        ("2001", "hold", 20, 24),
        ("2001", "consult", 24, 30),
        ("2002", "consult", 24, 30),
        ("2002", "talk", 30.1, 50),
    ]


def test_three_talk_then_two_and_a_utility_has_no_part_of_its_own():
    rows = ANSWERED + leave(20, C, A) + begin(20.1, UTILITY) + enter(24, "q", UTILITY, A)
    rows += enter(30, "q", C) + leave(40, UTILITY) + over(40, UTILITY) + leave(50, A, C) + over(50, A, C)
    assert parts(rows) == [
        ("2001", "talk", 12, 20),
        ("2001", "hold", 20, 24),
        ("2001", "consult", 24, 30),
        ("2001", "conference", 30, 40),
        ("2001", "talk", 40, 50),
    ]


def test_a_telephones_own_hold_counts_as_hold():
    rows = [*ANSWERED, row(15, "HOLD", A), row(18, "UNHOLD", A), *leave(20, A, C), *over(20, A, C)]
    assert parts(rows) == [("2001", "talk", 12, 15), ("2001", "hold", 15, 18), ("2001", "talk", 18, 20)]


def test_what_goes_on_has_no_end_until_the_call_is_known_to_be_over():
    assert parts(ANSWERED) == [("2001", "talk", 12, None)]
    assert parts(ANSWERED, ended_at=START + timedelta(seconds=60)) == [("2001", "talk", 12, 60)]


def test_colleagues_who_call_one_another_both_talk():
    rows = begin(0, A) + begin(1, B) + enter(3, "x", A, B) + leave(9, A, B) + over(9, A, B)
    assert parts(rows) == [("2001", "talk", 3, 9), ("2002", "talk", 3, 9)]


def test_a_phone_that_only_rang_has_no_part():
    assert parts(begin(0, C) + begin(10, A) + over(25, A)) == []


@pytest.mark.parametrize("cut", range(1, 12))
def test_one_operators_parts_never_overlap_however_much_is_known(cut):
    rows = ANSWERED + HELD + TAKEN_BACK + leave(40, C, A) + over(40.01, C, A)
    found = segments_of(rows[:cut])
    for before, after in itertools.pairwise(found):
        assert before.ended_at is not None
        assert before.ended_at <= after.began_at
