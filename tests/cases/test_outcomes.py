from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from calls.journal_entries import EntryKind
from calls.outcomes import CallOutcome
from cases.outcomes import facts_of, fallback_stem, outcome_of
from tests.cases.cel_tables import START, raw_cels


@dataclass
class Step:
    kind: str
    at: object = START + timedelta(seconds=1)
    data: dict = field(default_factory=dict)


ARRIVED = """
0.0 | CHAN_START | PJSIP/test-00000001 | 1.1 | from-trunk
0.1 | ANSWER     | PJSIP/test-00000001 | 1.1 | inbound
"""
CITIZEN_HANGS_UP = """
40  | HANGUP       | PJSIP/test-00000001 | 1.1 | inbound | 16 PJSIP/test-00000001
40  | CHAN_END     | PJSIP/test-00000001 | 1.1 | inbound
40  | LINKEDID_END | PJSIP/test-00000001 | 1.1 | inbound
"""
WE_HANG_UP = CITIZEN_HANGS_UP.replace("16 PJSIP/test-00000001", "16 ")
WAITS = """
10  | APP_START | PJSIP/test-00000001 | 1.1 | Queue
"""
RINGS_2001 = """
11  | CHAN_START | PJSIP/2001-00000002 | 1.2 | operators
"""
ANSWERS_2001 = """
14  | ANSWER       | PJSIP/2001-00000002 | 1.2 | operators
14  | BRIDGE_ENTER | PJSIP/2001-00000002 | 1.2 | operators
14  | BRIDGE_ENTER | PJSIP/test-00000001 | 1.1 | inbound
39  | HANGUP       | PJSIP/2001-00000002 | 1.2 | operators | 16 PJSIP/test-00000001
39  | CHAN_END     | PJSIP/2001-00000002 | 1.2 | operators
"""
NOT_ANSWERED_2001 = """
26  | HANGUP   | PJSIP/2001-00000002 | 1.2 | operators | 0
26  | CHAN_END | PJSIP/2001-00000002 | 1.2 | operators
"""
CASES = {
    "talked": (ARRIVED + WAITS + RINGS_2001 + ANSWERS_2001 + CITIZEN_HANGS_UP, [], CallOutcome.OPERATOR),
    "hung up while waiting": (
        ARRIVED + WAITS + RINGS_2001 + NOT_ANSWERED_2001 + CITIZEN_HANGS_UP,
        [Step(EntryKind.QUEUED)],
        CallOutcome.ABANDONED_QUEUE,
    ),
    "waited in vain after hearing information": (
        ARRIVED + WAITS + CITIZEN_HANGS_UP,
        [Step(EntryKind.INFORMATION_HEARD)],
        CallOutcome.ABANDONED_QUEUE,
    ),
    "nobody there, left a message": (
        ARRIVED + WAITS + WE_HANG_UP,
        [Step(EntryKind.MESSAGE_LEFT), Step(EntryKind.CASE_CREATED)],
        CallOutcome.MESSAGE_LEFT,
    ),
    "nobody there, no message": (ARRIVED + WAITS + WE_HANG_UP, [], CallOutcome.AFTER_HOURS),
    "the menu opened a case": (ARRIVED + WE_HANG_UP, [Step(EntryKind.CASE_CREATED)], CallOutcome.CASE_CREATED),
    "heard information": (ARRIVED + CITIZEN_HANGS_UP, [Step(EntryKind.INFORMATION_HEARD)], CallOutcome.INFORMATION),
    "was told a status": (
        ARRIVED + CITIZEN_HANGS_UP,
        [Step(EntryKind.STATUS_ASKED, data={"found": True})],
        CallOutcome.STATUS_TOLD,
    ),
    "was told a status, which the flow marks as information": (
        ARRIVED + CITIZEN_HANGS_UP,
        [Step(EntryKind.STATUS_ASKED, data={"found": True}), Step(EntryKind.INFORMATION_HEARD)],
        CallOutcome.STATUS_TOLD,
    ),
    "wrong PIN, hung up": (
        ARRIVED + CITIZEN_HANGS_UP,
        [Step(EntryKind.STATUS_ASKED, data={"found": False})],
        CallOutcome.ABANDONED_MENU,
    ),
    "hung up in the menu": (ARRIVED + CITIZEN_HANGS_UP, [Step(EntryKind.MENU_STEP)], CallOutcome.ABANDONED_MENU),
    "our side broke it off": (ARRIVED + WE_HANG_UP, [Step(EntryKind.MENU_STEP)], CallOutcome.FAILED),
    "the flow failed and no human came": (
        ARRIVED + WE_HANG_UP,
        [Step(EntryKind.FLOW_FAILED), Step(EntryKind.FLOW_ENDED)],
        CallOutcome.FAILED,
    ),
    "too many calls": (
        "0 | CHAN_START | PJSIP/test-00000001 | 1.1 | from-trunk\n"
        "0 | HANGUP | PJSIP/test-00000001 | 1.1 | from-trunk | 42\n"
        "0 | CHAN_END | PJSIP/test-00000001 | 1.1 | from-trunk",
        [],
        CallOutcome.REFUSED,
    ),
    "colleagues": (
        "0 | CHAN_START | PJSIP/2001-00000001 | 1.1 | operators\n1 | LINKEDID_END | PJSIP/2001-00000001 | 1.1 |",
        [],
        CallOutcome.INTERNAL,
    ),
    "order to a crew's phone": (
        "0 | CHAN_START | PJSIP/test-00000001 | 1.1 | order-call\n"
        "3 | ANSWER | PJSIP/test-00000001 | 1.1 | order-call\n"
        "9 | LINKEDID_END | PJSIP/test-00000001 | 1.1 |",
        [],
        CallOutcome.OUTBOUND_ANSWERED,
    ),
    "still going on": (ARRIVED + WAITS, [], None),
}


@pytest.mark.parametrize("name", CASES)
def test_outcome(name):
    table, steps, expected = CASES[name]
    assert outcome_of(raw_cels(table), steps) == expected


def test_times_and_people_of_an_answered_call():
    facts = facts_of(raw_cels(ARRIVED + WAITS + RINGS_2001 + ANSWERS_2001 + CITIZEN_HANGS_UP), [])
    assert facts is not None
    seconds = {
        name: (getattr(facts, name) - START).total_seconds()
        for name in ("arrived_at", "answered_at", "queued_at", "operator_answered_at", "ended_at")
    }
    assert seconds == {
        "arrived_at": 0,
        "answered_at": 0.1,
        "queued_at": 10,
        "operator_answered_at": 14,
        "ended_at": 40,
    }
    assert (facts.operator, facts.direction, facts.hangup_cause, facts.synthetic) == ("2001", "inbound", 16, False)


def test_order_of_rows_does_not_matter():
    rows = raw_cels(ARRIVED + WAITS + RINGS_2001 + ANSWERS_2001 + CITIZEN_HANGS_UP)
    assert facts_of(rows[::-1], []) == facts_of(rows, [])


def test_a_call_cut_by_a_crash_has_failed_unless_it_had_got_something():
    end = START + timedelta(seconds=30)
    failed = facts_of(raw_cels(ARRIVED), [Step(EntryKind.INFORMATION_HEARD)], closed_at=end)
    talked = facts_of(raw_cels(ARRIVED + WAITS + RINGS_2001 + ANSWERS_2001), [], closed_at=end)
    assert failed is not None
    assert talked is not None
    assert (failed.outcome, failed.ended_at) == (CallOutcome.FAILED, end)
    assert talked.outcome == CallOutcome.OPERATOR


def test_a_call_known_only_from_the_journal_has_facts():
    facts = facts_of([], [Step(EntryKind.CALL_ARRIVED), Step(EntryKind.MENU_STEP, data={"node": "main"})])
    assert facts is not None
    assert (facts.arrived_at, facts.ended_at, facts.missed_step) == (START + timedelta(seconds=1), None, "main")


def test_nothing_known_is_nothing():
    assert facts_of([], []) is None
    assert outcome_of([], []) is None


def test_fallback_event_names_the_spool_file():
    rows = raw_cels("5 | USER_DEFINED | PJSIP/test-00000001 | 1.1 | CENTRALA_FALLBACK | 1700000000.5")
    assert fallback_stem(rows) == "1700000000.5"
    assert fallback_stem([]) is None


CALLED_BACK = """
0.0 | CHAN_START   | PJSIP/2001-00000001 | 1.1 | operators
2.0 | ANSWER       | PJSIP/2001-00000001 | 1.1 | operators
2.1 | CHAN_START   | PJSIP/line-00000002 | 1.2 | from-trunk
"""
CITIZEN_TALKS = """
6.0 | ANSWER       | PJSIP/line-00000002 | 1.2 | from-trunk
9.0 | BRIDGE_ENTER | PJSIP/line-00000002 | 1.2 | from-trunk
9.0 | BRIDGE_ENTER | PJSIP/2001-00000001 | 1.1 | to-citizen
"""
BACK_ENDS = """
40  | HANGUP       | PJSIP/2001-00000001 | 1.1 | to-citizen | 16 PJSIP/2001-00000001
40  | LINKEDID_END | PJSIP/2001-00000001 | 1.1 | to-citizen
"""


@pytest.mark.parametrize(
    ("talk", "outcome", "answered"),
    [(CITIZEN_TALKS, CallOutcome.OUTBOUND_ANSWERED, 9), ("", CallOutcome.OUTBOUND_UNANSWERED, None)],
)
def test_a_citizen_called_back_was_reached_when_both_heard_one_another(talk, outcome, answered):
    facts = facts_of(raw_cels(CALLED_BACK + talk + BACK_ENDS), [])
    assert (facts.direction, facts.outcome, facts.operator) == ("outbound", outcome, "2001")
    assert facts.operator_answered_at == START + timedelta(seconds=2)
    assert facts.answered_at == (None if answered is None else START + timedelta(seconds=answered))
    assert facts.waited == 0.0


def test_who_hung_up_in_a_prompt_got_as_far_as_the_place_that_was_speaking():
    steps = [
        Step(EntryKind.LANGUAGE_CHOSEN, data={"language": "sr"}),
        Step(EntryKind.FLOW_ENDED, data={"node": "main", "flow": "inbound", "destination": "hangup"}),
    ]
    assert facts_of(raw_cels(ARRIVED + CITIZEN_HANGS_UP), steps).missed_step == "main"
