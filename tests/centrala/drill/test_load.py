from itertools import islice

from centrala.drill.evidence import Wish
from centrala.drill.load import Caller, caller_sides, numbers


def test_no_two_cells_share_a_number():
    first, second = set(islice(numbers(0), 500)), set(islice(numbers(1), 500))
    assert len(first | second) == 1000


def test_sipps_log_tells_what_became_of_each_call():
    callers = [Caller(f"064000000{place}", Wish.MESSAGE) for place in range(5)]
    log = (
        "called 0640000000\ncalled 0640000001\nanswered 0640000000\nanswered 0640000001\nserved 0640000000\n"
        "called 0640000002\nanswered 0640000002\nleft 0640000002\ncalled 0640000003\n"
    )
    sides = caller_sides(callers, log)
    assert [side.number[-1] for side in sides] == ["0", "1", "2", "3"], "the fifth never called"
    assert [(side.answered, side.served, side.dropped) for side in sides] == [
        (True, True, False),
        (True, False, True),
        (True, False, False),
        (False, False, False),
    ]
    assert all(side.dead_air is None for side in sides), "SIPp has no ears"
