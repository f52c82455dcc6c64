"""Moments of an operator's telephone, out of the rows that Asterisk writes for a call through the queue."""

from datetime import timedelta

import pytest

from calls.cel import CelRow
from cases.phone_moments import phone_moments
from tests.cases.cel_tables import START

CALLER, ANA, BORIS = ("PJSIP/trunk-00000001", "1.1"), ("PJSIP/2001-00000002", "1.2"), ("PJSIP/w2002-00000003", "1.3")
WAITS = ("APP_START", CALLER, {"appname": "Queue", "context": "queues", "exten": "operators"})
LEFT = ("APP_END", CALLER, {"appname": "Queue", "context": "queues", "exten": "operators"})


def rings(who):
    return ("CHAN_START", who, {"context": "operators", "exten": "s"})


def enters(who):
    return ("BRIDGE_ENTER", who, {"bridge_id": "b"})


def hangs_up(who, cause=16):
    return ("HANGUP", who, {"hangupcause": cause})


def moments(*rows):
    """Rows come as (second, (event, who, data)); moments go as (second, extension, what, queue, outside)."""
    cels = [
        CelRow(event, START + timedelta(seconds=second), "1.1", who[1], who[0], data)
        for second, (event, who, data) in rows
    ]
    return [
        ((one.at - START).total_seconds(), one.extension, one.what.value, one.queue, one.outside)
        for one in phone_moments(cels)
    ]


def test_a_ring_an_answer_and_an_end():
    assert moments(
        (0, WAITS), (1, rings(ANA)), (4, enters(ANA)), (4.001, enters(CALLER)), (9, hangs_up(ANA)), (9, LEFT)
    ) == [
        (1, "2001", "rings", "operators", True),
        (4, "2001", "talks", "operators", True),
        (9, "2001", "gone", "operators", True),
    ]  # fmt: skip


def test_who_did_not_answer_was_ignored_and_the_next_one_rings():
    found = moments((0, WAITS), (1, rings(ANA)), (16, hangs_up(ANA)), (16.1, rings(BORIS)), (18, enters(BORIS)))
    assert [one[:3] for one in found] == [
        (1, "2001", "rings"),
        (16, "2001", "ignored"),
        (16.1, "2002", "rings"),
        (18, "2002", "talks"),
    ]


@pytest.mark.parametrize("cause", [16, 26])
def test_a_caller_who_gives_up_or_is_answered_elsewhere_ignores_nobody(cause):
    ends = (10.0003, hangs_up(CALLER)) if cause == 16 else (60, hangs_up(CALLER))
    found = moments((0, WAITS), (1, rings(ANA)), (10, hangs_up(ANA, cause)), (10.0003, LEFT), ends)
    assert found[-1][:3] == (10, "2001", "over")


def test_a_second_telephone_that_is_dialled_does_not_ring_for_the_queue_but_talks():
    found = moments(
        (0, WAITS), (1, rings(ANA)), (2, enters(ANA)), (2, enters(CALLER)),
        (10, rings(BORIS)), (12, enters(BORIS)), (20, hangs_up(ANA)), (30, enters(BORIS)), (40, hangs_up(BORIS)),
    )  # fmt: skip
    assert [one[:3] for one in found] == [
        (1, "2001", "rings"),
        (2, "2001", "talks"),
        (12, "2002", "talks"),
        (20, "2001", "gone"),
        (40, "2002", "gone"),
    ]


def test_a_call_among_colleagues_is_not_with_somebody_outside():
    dials = ("CHAN_START", ANA, {"context": "operators", "exten": "2002"})
    found = moments((0, dials), (0.1, rings(BORIS)), (3, enters(BORIS)), (3, enters(ANA)), (9, hangs_up(ANA)))
    assert found == [
        (3, "2002", "talks", "", False),
        (3, "2001", "talks", "", False),
        (9, "2001", "gone", "", False),
    ]
