from datetime import UTC, datetime, timedelta

from calls.cel import CelRow
from cases.interruptions import interruptions_of

BEGAN = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def row(seconds, event, extra=""):
    user = event.startswith("CENTRALA_")
    data = {"userdeftype": event, "extra": extra} if user else {}
    at = BEGAN + timedelta(seconds=seconds)
    return CelRow("USER_DEFINED" if user else event, at, "c-1.1", "c-1.1", "PJSIP/test-00000001", data)


def told(*rows):
    return [(one.operator, one.seconds, one.end) for one in interruptions_of(rows)]


def test_the_same_operator_had_the_caller_again():
    rows = [row(0, "CENTRALA_INTERRUPTED", "w2001"), row(1.5, "CENTRALA_GIVEN_BACK", "PJSIP/w2001-00000002")]
    assert told(*rows, row(9, "LINKEDID_END")) == [("2001", 1.5, "given_back")]


def test_the_caller_went_to_the_head_of_the_queue_and_lost_the_next_one_too():
    rows = [row(0, "CENTRALA_INTERRUPTED", "w2001"), row(20, "CENTRALA_GIVEN_UP", "w2001")]
    rows += [row(60, "CENTRALA_INTERRUPTED", "2002"), row(70, "LINKEDID_END")]
    assert told(*rows) == [("2001", 20.0, "given_up"), ("2002", 10.0, "caller_left")]


def test_told_twice_it_began_once():
    rows = [row(0, "CENTRALA_INTERRUPTED", "w2001"), row(1, "CENTRALA_INTERRUPTED", "w2001")]
    assert told(*rows) == [("2001", None, "")]


def test_a_call_without_any():
    assert told(row(0, "CENTRALA_FALLBACK", "c-1.1"), row(1, "LINKEDID_END")) == []
