"""Where signed-in time went. The wrong numbers of a peer are here by name: each must come out right."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_console.reports.operator_time import ACTIVITIES, TimeKeeping
from agent_console.reports.period import Period
from calls.report_rows import ActivityRow, SessionRow

ZONE = ZoneInfo("Europe/Belgrade")
HOUR = 3600.0


def at(text):
    """Return an instant of a local time such as `2026-11-22 08:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def times(sessions, activity, day, now):
    first, last = (day, day) if isinstance(day, date) else day
    period = Period(first, last, ZONE)
    keeping = TimeKeeping(sessions, since=period.since, until=period.until, now=now)
    for row in activity:
        keeping.add(row)
    return keeping.finish()


def session(name, began, ended=None, following=None):
    return SessionRow(name, "ana", "2001", began, ended, following)


def row(name, activity, began, ended=None, reason="", linkedid=None):
    return ActivityRow(name, activity, reason, linkedid, began, ended)


DAY = date(2026, 11, 22)
LATER = at("2026-11-25 10:00")


@pytest.mark.parametrize("closed", [True, False], ids=["session closed at the crash", "session left open by the crash"])
def test_a_crash_and_a_second_login_at_noon_is_eight_hours(closed):
    eight, noon, four = at("2026-11-22 08:00"), at("2026-11-22 12:00"), at("2026-11-22 16:00")
    end = noon if closed else None
    found = times(
        [session("a", eight, end, noon), session("b", noon, four)],
        [row("a", "ready", eight, end), row("b", "ready", noon, four)],
        DAY,
        LATER,
    )["ana"]
    assert found.session == 8 * HOUR
    assert found.spent["ready"] == 8 * HOUR
    assert found.unexplained == 0
    assert found.sessions == 2


def test_a_night_shift_that_ends_at_six_is_eight_hours_over_two_days():
    ten, six = at("2026-11-21 22:00"), at("2026-11-22 06:00")
    given_rows = [session("a", ten, six)], [row("a", "ready", ten, six)]
    assert times(*given_rows, date(2026, 11, 21), LATER)["ana"].session == 2 * HOUR
    assert times(*given_rows, DAY, LATER)["ana"].session == 6 * HOUR
    assert times(*given_rows, (date(2026, 11, 21), DAY), LATER)["ana"].session == 8 * HOUR


def test_a_session_whose_login_was_before_the_period_counts_from_the_periods_edge():
    found = times([session("a", at("2026-11-20 22:00"))], [row("a", "ready", at("2026-11-20 22:00"))], DAY, LATER)
    assert found["ana"].session == 24 * HOUR


def test_an_open_pause_counts_until_now():
    eight, nine, now = at("2026-11-22 08:00"), at("2026-11-22 09:00"), at("2026-11-22 09:40")
    found = times(
        [session("a", eight)], [row("a", "ready", eight, nine), row("a", "paused", nine, None, "obrok")], DAY, now
    )["ana"]
    assert found.spent["paused"] == 40 * 60
    assert found.pauses == {"obrok": 40 * 60}
    assert found.session == 100 * 60
    assert found.signed_in_now


def test_the_shift_of_a_day_is_as_long_as_the_clock_makes_it():
    """Daylight saving: 22:00 to 06:00 is nine hours in October and seven in March."""
    for began, ended, days, hours in (
        ("2026-10-24 22:00", "2026-10-25 06:00", (date(2026, 10, 24), date(2026, 10, 25)), 9),
        ("2027-03-27 22:00", "2027-03-28 06:00", (date(2027, 3, 27), date(2027, 3, 28)), 7),
    ):
        rows = [session("a", at(began), at(ended))], [row("a", "ready", at(began), at(ended))]
        found = times(*rows, days, at(ended) + timedelta(days=3))["ana"]
        assert found.session == found.spent["ready"] == hours * HOUR


def test_what_no_row_covers_is_shown_and_not_spread():
    eight, nine, ten = at("2026-11-22 08:00"), at("2026-11-22 09:00"), at("2026-11-22 10:00")
    found = times([session("a", eight, ten)], [row("a", "ready", eight, nine)], DAY, LATER)["ana"]
    assert found.unexplained == HOUR


def test_nobody_signed_in_divides_by_nothing():
    assert times([], [], DAY, LATER) == {}
    eight = at("2026-11-22 08:00")
    paused = times([session("a", eight)], [row("a", "paused", eight)], DAY, at("2026-11-22 09:00"))["ana"]
    assert paused.occupancy is None


def test_a_ring_is_taken_when_talking_follows_it():
    clock = [at("2026-11-22 08:00") + timedelta(minutes=minute) for minute in range(8)]
    rows = [
        row("a", "ready", clock[0], clock[1]),
        row("a", "ringing", clock[1], clock[2], linkedid="one"),
        row("a", "talking", clock[2], clock[3], linkedid="one"),
        row("a", "wrapup", clock[3], clock[4], linkedid="one"),
        row("a", "ringing", clock[4], clock[5], linkedid="two"),
        row("a", "ready", clock[5], clock[6]),
        row("a", "ringing", clock[6], None, linkedid="three"),
    ]
    found = times([session("a", clock[0])], rows, DAY, clock[7])["ana"]
    assert (found.rings, found.rings_taken) == (2, 1)
    assert found.occupancy == pytest.approx(2 / 7)


@st.composite
def worked(draw):
    """Sessions of one telephone that follow one another, each wholly covered, in whole seconds; some left open."""
    moment = at("2026-10-23 00:00") + timedelta(seconds=draw(st.integers(0, 86_400)))
    sessions, rows = [], []
    number = draw(st.integers(1, 5))
    for place in range(number):
        began = moment
        for part in range(draw(st.integers(1, 6))):
            length = timedelta(seconds=draw(st.integers(0, 40_000)))
            activity = draw(st.sampled_from(ACTIVITIES))
            rows.append(row(f"s{place}", activity, moment, moment + length, linkedid=f"c{part}"))
            moment += length
        left_open = draw(st.booleans())
        gap = timedelta(0) if left_open else timedelta(seconds=draw(st.integers(0, 40_000)))
        sessions.append([f"s{place}", began, None if left_open else moment])
        if left_open:
            rows[-1] = rows[-1]._replace(ended_at=None)
        moment += gap
    made = [
        session(name, began, ended, sessions[place + 1][1] if place + 1 < number else None)
        for place, (name, began, ended) in enumerate(sessions)
    ]
    return made, rows, moment


@settings(max_examples=120)
@given(worked(), st.integers(0, 8), st.integers(0, 3))
def test_the_parts_are_the_session(made, first, length):
    sessions, rows, last = made
    day = date(2026, 10, 22) + timedelta(days=first)
    days = (day, day + timedelta(days=length))
    found = times(sessions, rows, days, last).get("ana")
    if found is None:
        return
    assert sum(found.spent.values()) == pytest.approx(found.session, abs=1e-6)
    assert found.unexplained == pytest.approx(0, abs=1e-6)
    period = Period(*days, ZONE)
    assert found.session <= (period.until - period.since).total_seconds() + 1e-6


@settings(max_examples=30)
@given(worked())
def test_days_add_up_to_the_whole(made):
    sessions, rows, last = made
    whole = times(sessions, rows, (date(2026, 10, 22), date(2026, 11, 22)), last)
    days = [times(sessions, rows, date(2026, 10, 22) + timedelta(days=number), last) for number in range(32)]
    for name in ACTIVITIES:
        parts = sum(day["ana"].spent[name] for day in days if "ana" in day)
        assert parts == pytest.approx(whole["ana"].spent[name] if "ana" in whole else 0, abs=1e-6)
