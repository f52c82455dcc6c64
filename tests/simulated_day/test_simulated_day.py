"""A day whose true answers are known: every figure of every report must be exactly that.

The truth is written down while the day is played (`lived.py`, `room.py`), in whole seconds, and added up here with
plain loops that share nothing with the reports.
"""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from agent_console.reports.call_report import call_report
from agent_console.reports.operator_report import operator_report
from agent_console.reports.other_reports import menu_report, missed_report, resolution_report
from agent_console.reports.period import Period
from agent_console.reports.rules import ReportRules
from agent_console.reports.sources import Source
from calls.outcomes import MISSED, CallOutcome
from tests.simulated_day.lived import LivedDay
from tests.simulated_day.script import Wish, as_csv
from tests.simulated_day.stored import rows

ZONE = ZoneInfo("Europe/Belgrade")
CALLBACK = next((outcome.value for outcome in CallOutcome if outcome.startswith("callback")), None)
HOUR = 3600
DAYS = {
    "ordinary": (date(2026, 11, 24), 24, 2000),
    "clocks go back": (date(2026, 10, 25), 25, 1200),
    "clocks go forward": (date(2027, 3, 28), 23, 1200),
}


class Known:
    """A day in the database, with its truth."""

    def __init__(self, name):
        self.date, hours, self.number_of_calls = DAYS[name]
        self.seconds = hours * HOUR
        self.lived = LivedDay(20_261, self.number_of_calls, self.seconds, CALLBACK)
        self.midnight = datetime(self.date.year, self.date.month, self.date.day, tzinfo=ZONE).astimezone(UTC)
        self.period = Period(self.date, self.date, ZONE)

    async def put_into(self, database, moment=None):
        async with database.begin() as connection:
            for table, values in rows(self.lived, self.midnight, moment).items():
                for start in range(0, len(values), 500):
                    await connection.execute(insert(table), values[start : start + 500])

    def wall_hour(self, second):
        """Return the hour that a clock on the wall showed."""
        return (self.midnight + timedelta(seconds=second)).astimezone(ZONE).hour


@pytest.fixture(params=DAYS)
async def known(request, database):
    day = Known(request.param)
    await day.put_into(database)
    return day


async def told(database, build, day, *, period=None, now=None, before=None):
    async with database.read() as connection:
        source = Source(connection, ReportRules(), now or day.midnight + timedelta(days=20))
        content = await build(source, period or day.period, before)
    return (
        {one.name: one.value for one in content.figures},
        {table.name: table.rows for table in content.tables},
    )


def rank(lengths, part):
    """Return the first length, going upwards, that enough others do not exceed."""
    return next(one for one in sorted(lengths) if sum(other <= one for other in lengths) >= part * len(lengths))


async def check_calls(known, database):
    figures, tables = await told(database, call_report, known)
    calls = known.lived.calls
    asked = [call for call in calls if call.fate is not None]
    waits = [call.waited for call in asked if call.fate == "answered"]
    fates = Counter(call.fate for call in asked)
    in_time = sum(wait <= 20 for wait in waits)
    if known.date == DAYS["ordinary"][0]:
        assert min(fates[name] for name in ("answered", "abandoned", "short", "message", "let_go")) > 0
    assert {row["fate"]: row["calls"] for row in tables["fates"] if row["calls"]} == fates
    assert figures["arrived"] == len(calls) == known.number_of_calls
    assert figures["queued"] == len(asked)
    assert figures["answered"] == fates["answered"]
    assert figures["abandoned"] == fates["abandoned"]
    assert figures["short_abandoned"] == fates["short"]
    assert figures["callbacks_taken"] == fates["callback"]
    assert figures["level_of_answered"] == in_time / len(waits)
    assert figures["level_of_offered"] == in_time / (len(asked) - fates["short"])
    assert figures["share_abandoned"] == fates["abandoned"] / (len(asked) - fates["short"])
    assert figures["average_wait"] == round(sum(waits) / len(waits), 3)
    assert figures["median_wait"] == rank(waits, 0.5)
    assert figures["wait_90"] == rank(waits, 0.9)
    assert figures["longest_wait"] == max(call.waited for call in asked)
    gave_up = [call.waited for call in asked if call.fate == "abandoned"]
    assert figures["average_give_up"] == round(sum(gave_up) / len(gave_up), 3)
    assert {row["outcome"]: row["calls"] for row in tables["outcomes"]} == Counter(call.outcome for call in calls)
    assert [row["queue"] for row in tables["queues"]] == ["operators"]
    assert tables["queues"][0]["answered"] == fates["answered"]
    assert [(row["day"], row["arrived"]) for row in tables["days"]] == [(known.date.isoformat(), len(calls))]


async def check_hours_of_the_week(known, database):
    _, tables = await told(database, call_report, known)
    arrived = Counter(known.wall_hour(call.caller.at) for call in known.lived.calls)
    asked = Counter(known.wall_hour(call.caller.at) for call in known.lived.calls if call.fate)
    for row in tables["week"]:
        mine = row["weekday"] == known.date.weekday()
        assert row["arrived"] == (arrived[row["hour"]] if mine else 0)
        assert row["queued"] == (asked[row["hour"]] if mine else 0)


async def check_conversations(known, database):
    figures, tables = await told(database, call_report, known)
    _, work = await told(database, operator_report, known)
    calls = known.lived.calls
    talk, hold, wrap_up, pairs = Counter(), Counter(), Counter(), set()
    for call in calls:
        for extension, kind, began, ended in call.parts:
            if kind in ("talk", "conference"):
                talk[extension] += ended - began
                pairs.add((call.linkedid, extension))
            else:
                hold[extension] += ended - began
        for extension, began, ended, _ in call.wrap_ups:
            wrap_up[extension] += ended - began
    assert sum(hold.values()) > 0
    every = sum(talk.values()) + sum(hold.values()) + sum(wrap_up.values())
    assert figures["average_handle"] == round(every / len(pairs), 3)
    assert figures["average_talk"] == round(sum(talk.values()) / len(pairs), 3)
    assert figures["average_hold"] == round(sum(hold.values()) / len(pairs), 3)
    assert figures["average_wrapup"] == round(sum(wrap_up.values()) / len(pairs), 3)
    talkers = [{extension for linkedid, extension in pairs if linkedid == call.linkedid} for call in calls]
    assert figures["transfers"] == sum(len(one) - 1 for one in talkers if one) > 0
    for row in work["handling"]:
        extension = row["extension"]
        assert (row["talk"], row["hold"], row["wrapup_time"]) == (talk[extension], hold[extension], wrap_up[extension])
        assert row["conversations"] == sum(other == extension for _, other in pairs)
    chosen = Counter(outcome for call in calls for _, _, _, outcome in call.wrap_ups)
    assert {row["wrapup_outcome"]: row["conversations"] for row in tables["wrapups"]} == chosen


COLUMNS = {
    "ready": "ready_time",
    "paused": "paused_time",
    "ringing": "ringing_time",
    "talking": "talking_time",
    "wrapup": "wrapup_spent",
}


async def check_time(known, database, since, until, *, period=None, now=None):
    figures, tables = await told(database, operator_report, known, period=period, now=now)
    found = {row["username"]: row for row in tables["operators"]}
    sums = Counter()
    for one in known.lived.operators:
        truth = one.seconds(since, until)
        if not sum(truth.values()):
            assert one.username not in found
            continue
        row = found.pop(one.username)
        assert {name: row[column] for name, column in COLUMNS.items()} == truth, one.username
        assert row["session_time"] == sum(truth.values())
        assert row["unexplained_time"] == 0
        sums.update(truth)
    assert found == {}
    assert {name: figures[column] for name, column in COLUMNS.items()} == sums
    assert figures["session_time"] == sum(sums.values())
    return figures


async def check_operators_time_on_the_day(known, database):
    figures = await check_time(known, database, 0, known.seconds)
    sums = Counter()
    for one in known.lived.operators:
        sums.update(one.seconds(0, known.seconds))
    assert figures["occupancy"] == (sums["talking"] + sums["wrapup"]) / (sum(sums.values()) - sums["paused"])
    assert sums["paused"] > 0


async def check_operators_time_before_and_after_midnight(known, database):
    day_before, day_after = known.date - timedelta(days=1), known.date + timedelta(days=1)
    await check_time(known, database, -4 * HOUR, 0, period=Period(day_before, day_before, ZONE))
    await check_time(known, database, known.seconds, 36 * HOUR, period=Period(day_after, day_after, ZONE))
    await check_time(known, database, -4 * HOUR, 36 * HOUR, period=Period(day_before, day_after, ZONE))


async def check_rings(known, database):
    """Counted over all three days, as night shifts ring on both sides of midnight."""
    _, tables = await told(
        database, operator_report, known,
        period=Period(known.date - timedelta(days=1), known.date + timedelta(days=1), ZONE),
    )  # fmt: skip
    for row in tables["operators"]:
        one = next(one for one in known.lived.operators if one.username == row["username"])
        assert (row["rings"], row["rings_not_taken"]) == (one.rings, one.rings_not_taken)
    assert sum(one.rings_not_taken for one in known.lived.operators) > 0


async def check_ways_through_the_menu(known, database):
    figures, tables = await told(database, menu_report, known)
    calls = known.lived.calls
    assert {row["path"]: row["calls"] for row in tables["paths"]} == Counter(" › ".join(call.way) for call in calls)
    left = Counter(call.steps[-1][1] if call.steps and call.steps[-1][0] == "menu" else "" for call in calls)
    gave_up = Counter(call.steps[-1][1] if call.steps else "" for call in calls if call.outcome == "abandoned_menu")
    nodes = {row["node"]: row for row in tables["nodes"]}
    assert {name: nodes[name]["left_here"] for name in left} == left
    assert {name: row["gave_up_here"] for name, row in nodes.items() if row["gave_up_here"]} == gave_up
    assert figures["gave_up_in_menu"] == sum(gave_up.values()) > 0
    assert not any("26004128" in row["path"] for row in tables["paths"])


async def check_first_call_resolution(known, database):
    _, tables = await told(database, resolution_report, known)
    verdicts, callers = Counter(), set()
    for call in known.lived.calls:
        token = call.caller.token
        if token is None:
            verdicts["unknown"] += call.answered_at is not None
            continue
        callers.add(token)
        others = [one for one in known.lived.calls if one is not call and one.caller.token == token]
        if call.answered_at is None or any(one.answered_at and one.caller.at < call.caller.at for one in others):
            continue
        verdicts["repeated" if any(one.caller.at >= call.ended_at for one in others) else "resolved"] += 1
    assert {row["verdict"]: row["calls"] for row in tables["resolution"]} == {"undecided": 0} | verdicts
    assert verdicts["repeated"] > 0


async def check_the_worklist(known, database):
    now = known.midnight + timedelta(days=20)
    figures, tables = await told(database, missed_report, known)
    closed, open_since = Counter(), []
    came = Counter()
    for number, call in enumerate(known.lived.calls):
        if call.outcome not in set(MISSED):
            continue
        came[call.outcome] += 1
        how = ("callback", "case", "reason", None)[number % 4]
        if how is None:
            open_since.append(call.caller.at)
        elif call.ended_at + 600 + number < known.seconds:
            closed[how] += 1
    assert {row["reason"]: row["came"] for row in tables["missed"]} == came
    assert {row["closed_how"]: row["calls"] for row in tables["missed_closed_how"]} == closed
    assert (figures["missed_came"], figures["missed_open"]) == (sum(came.values()), len(open_since))
    assert figures["missed_oldest"] == (now - known.midnight).total_seconds() - min(open_since)


async def test_every_figure_is_the_known_truth(known, database):
    for check in (
        check_calls,
        check_hours_of_the_week,
        check_conversations,
        check_operators_time_on_the_day,
        check_operators_time_before_and_after_midnight,
        check_rings,
        check_ways_through_the_menu,
        check_first_call_resolution,
        check_the_worklist,
    ):
        await check(known, database)


@pytest.mark.parametrize("moment", [5 * HOUR, 12 * HOUR + 5, 13 * HOUR + 31, 23 * HOUR - 1])
async def test_live_and_history_are_one(database, moment):
    """The same rows through the same functions while the day goes on: open sessions, open pauses, open calls."""
    known = Known("ordinary")
    await known.put_into(database, moment)
    now = known.midnight + timedelta(seconds=moment)
    await check_time(known, database, 0, moment, now=now)
    figures, tables = await told(database, call_report, known, now=now)
    arrived = [call for call in known.lived.calls if call.caller.at <= moment]
    asked = [call for call in arrived if call.queued_at is not None and call.queued_at <= moment]
    answered = [call for call in asked if call.answered_at is not None and call.answered_at <= moment]
    waiting = [call for call in asked if call not in answered and call.ended_at > moment]
    assert (figures["arrived"], figures["queued"], figures["answered"]) == (len(arrived), len(asked), len(answered))
    assert {row["fate"]: row["calls"] for row in tables["fates"]}["waiting"] == len(waiting)
    undecided = sum(moment - call.queued_at <= 20 for call in waiting)
    short = sum(call.fate == "short" and call.ended_at <= moment for call in asked)
    in_time = sum(call.waited <= 20 for call in answered)
    assert figures["level_of_offered"] == in_time / (len(asked) - short - undecided)


def test_the_script_can_be_given_to_a_load_generator():
    day = LivedDay(1, 300, 24 * HOUR, CALLBACK)
    listed = list(csv.DictReader(io.StringIO(as_csv(day.script))))
    assert len(listed) == 300
    for line, call in zip(listed, day.calls, strict=True):
        assert line["number"] == call.caller.number
        assert line["outcome"] in ("", call.outcome)
    assert {line["wish"] for line in listed} == {wish.value for wish in Wish}


def test_the_same_seed_is_the_same_day():
    one, other = LivedDay(5, 200, 24 * HOUR, CALLBACK), LivedDay(5, 200, 24 * HOUR, CALLBACK)
    assert [call.ended_at for call in one.calls] == [call.ended_at for call in other.calls]
    assert [call.ended_at for call in LivedDay(6, 200, 24 * HOUR, CALLBACK).calls] != [
        call.ended_at for call in one.calls
    ]
