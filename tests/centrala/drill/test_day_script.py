from collections import Counter

from centrala.drill.day_script import FAULTS, CaseToAsk, Plan, Staff, script

CASE = CaseToAsk("26000012", "1234")


def everybody(parts):
    return [caller for part in parts for caller in part.callers]


def test_the_same_seed_is_the_same_day():
    assert script(300, 7, CASE) == script(300, 7, CASE)
    assert script(300, 7, CASE) != script(300, 8, CASE)


def test_a_day_has_every_call_every_plan_and_every_fault_once():
    parts = script(2000, 1, CASE)
    callers = everybody(parts)
    assert len(callers) == 2000
    assert len({caller.number for caller in callers}) == 2000, "a number joins the books of both sides"
    assert set(Counter(caller.plan for caller in callers)) == set(Plan)
    assert sorted(part.fault for part in parts if part.fault) == sorted(FAULTS)
    assert parts[0].staff is Staff.ABSENT
    assert sum(part.staff is Staff.MEETING for part in parts) == 2
    assert sum(caller.refused for caller in callers) > 10
    assert sum(caller.passed_on for caller in callers) > 10


def test_a_small_day_is_whole_too():
    for calls in (20, 41):
        parts = script(calls, 1, CASE, FAULTS[:1])
        assert len(everybody(parts)) == calls
        assert [part.staff for part in parts] == [Staff.ABSENT, Staff.READY, Staff.MEETING]
    assert {caller.plan for caller in everybody(parts)} == set(Plan)


def test_nobody_gives_up_near_the_limit_of_a_short_wait():
    for caller in everybody(script(2000, 1, CASE)):
        if caller.plan is Plan.SHORT:
            assert caller.stays_ms < 3000
            assert caller.ring > 5, "no telephone is quicker"
        elif caller.plan is Plan.GIVES_UP:
            assert caller.stays_ms >= 7000


def test_a_line_of_sipps_table():
    caller = next(one for one in everybody(script(200, 1, CASE)) if one.plan is Plan.STATUS)
    assert caller.row(2500) == f"{caller.number};w1w3w26000012#w1234;2500;9000"
