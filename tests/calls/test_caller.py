import pytest

from calls.caller import Caller, CallerKind


@pytest.mark.parametrize(
    ("presented", "kind", "number"),
    [
        ("0641234567", CallerKind.NUMBER, "+381641234567"),
        ("+36 1 234 5678", CallerKind.NUMBER, "+3612345678"),
        ("anonymous", CallerKind.WITHHELD, ""),
        ("", CallerKind.WITHHELD, ""),
        ("2001", CallerKind.INTERNAL, "2001"),
        ("${SHELL(id)}", CallerKind.INVALID, ""),
        ("<img onerror=1>", CallerKind.INVALID, ""),
        ("9" * 40, CallerKind.INVALID, ""),
    ],
)
def test_what_a_presented_number_is_worth(presented, kind, number):
    assert Caller.parse(presented) == Caller(kind, number)


def test_from_outside_nobody_is_a_colleague():
    assert Caller.parse("2001", inside=False) == Caller(CallerKind.INVALID)
    assert Caller.parse("0641234567", inside=False).kind is CallerKind.NUMBER


def test_logs_and_screens_get_their_own_forms():
    caller = Caller.parse("0641234567")
    assert caller.masked() == "…67"
    assert caller.grouped() == "064 123 45 67"
    assert Caller.parse("anonymous").masked() == "withheld"
