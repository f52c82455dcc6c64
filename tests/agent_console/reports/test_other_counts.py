from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_console.reports.freshness import BEHIND_AFTER, DataAge
from agent_console.reports.heat import heat_rows
from agent_console.reports.menu_paths import MenuPaths
from agent_console.reports.missed_age import missed_age
from agent_console.reports.rules import ReportRules
from agent_console.reports.scorecard import OTHERS, scorecards
from agent_console.reports.staffing import History, history_days
from calls.report_rows import CallRow, CaseRow, MenuCall, MissedRow

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/Belgrade")


def test_ways_through_the_menu_and_where_callers_leave():
    paths = MenuPaths()
    main = ("menu.main", "1")
    for outcome in ("information", "abandoned_menu", "abandoned_menu"):
        paths.add(MenuCall("c", "sr", [("language sr", ""), main, ("info.topics", "")], outcome))
    paths.add(
        MenuCall("c", "sr", [("language sr", ""), ("status.number", "26004128"), ("status.pin", "****")], "status_told")
    )
    paths.add(MenuCall("c", "", [], "abandoned_menu"))
    assert paths.paths["language sr", "menu.main 1", "info.topics"] == 3
    assert paths.paths["language sr", "status.number", "status.pin"] == 1
    node = paths.nodes["info.topics"]
    assert (node.reached, node.left, node.gave_up) == (3, 3, 2)
    assert paths.nodes["menu.main"].left == 0
    assert paths.nodes[""].gave_up == 1


def test_who_hangs_up_in_mid_prompt_leaves_where_the_prompt_was():
    paths = MenuPaths()
    paths.add(MenuCall("c", "sr", [("language", "1"), ("main", "1")], "abandoned_menu", "topics"))
    paths.add(MenuCall("c", "", [], "abandoned_menu", "language"))
    paths.add(MenuCall("c", "sr", [("language", "1"), ("main", "0")], "operator"))
    found = {name: (node.reached, node.left, node.gave_up) for name, node in paths.nodes.items()}
    assert found == {"language": (3, 1, 1), "main": (2, 1, 0), "topics": (1, 1, 1)}


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "1", "123456"])), max_size=6), max_size=30)
)
def test_every_call_leaves_somewhere(ways):
    paths = MenuPaths()
    for way in ways:
        paths.add(MenuCall("c", "sr", way, "abandoned_menu"))
    assert sum(paths.paths.values()) == sum(node.left for node in paths.nodes.values()) == len(ways)
    assert not any("123456" in step for path in paths.paths for step in path)


def test_the_worklist_keeps_what_is_old():
    rows = [
        MissedRow("abandoned_queue", NOW - timedelta(days=400), None, None),
        MissedRow("abandoned_queue", NOW - timedelta(minutes=5), None, None),
        MissedRow("after_hours", NOW - timedelta(hours=30), NOW - timedelta(hours=1), "callback"),
        MissedRow("failed", NOW - timedelta(days=60), NOW - timedelta(days=50), "reason"),
    ]
    found = missed_age(rows, since=NOW - 2 * DAY, until=NOW, now=NOW)
    assert found.open == 2
    assert found.oldest == 400 * 86_400
    assert found.groups["abandoned_queue"] == {"over_48h": 1, "under_1h": 1}
    assert (dict(found.came), dict(found.closed_how)) == ({"abandoned_queue": 1, "after_hours": 1}, {"callback": 1})
    assert found.median_close == 29 * 3600


def case(body, created, closed=None, **more):
    values = {"due_at": created + DAY, "handed_over_at": None, "taken_at": None, "fixed_at": None, "reopened": 0}
    return CaseRow(number="1", organisation=body, created_at=created, closed_at=closed, **values | more)


def cards(*cases, smallest=1):
    every, found = scorecards(cases, since=NOW - 7 * DAY, until=NOW, now=NOW, smallest=smallest)
    return every, {card.organisation: card for card in found}


def test_a_scorecard():
    began = NOW - 3 * DAY
    every, found = cards(
        case("water", began, began + timedelta(hours=20), handed_over_at=began + timedelta(minutes=5),
             taken_at=began + timedelta(minutes=12), fixed_at=began + timedelta(hours=6), reopened=1),
        case("water", began, began + timedelta(hours=30)),
        case("water", began),
        case("roads", NOW - timedelta(hours=1)),
        case("roads", NOW - 30 * DAY, NOW - 20 * DAY),
    )  # fmt: skip
    water = found["water"]
    assert (water.received, water.closed, water.open, water.overdue) == (3, 2, 1, 1)
    assert water.share_on_time == 0.5
    assert water.median_take_up == 7 * 60
    assert water.median_fix == 6 * 3600
    assert water.reopen_rate == 0.5
    assert (every.received, every.open, found["roads"].overdue, found["roads"].share_on_time) == (4, 2, 0, None)


def test_small_cells_stand_together_and_never_alone():
    recent = NOW - timedelta(hours=5)
    _, found = cards(*[case("water", recent)] * 9, *[case("roads", recent)] * 6, case("parks", recent), smallest=5)
    assert set(found) == {"water", OTHERS}
    assert found[OTHERS].received == 7


@settings(max_examples=50)
@given(st.lists(st.sampled_from("abcdef"), max_size=60), st.integers(1, 12))
def test_no_row_shows_fewer_than_k(bodies, smallest):
    every, found = cards(*(case(body, NOW - timedelta(hours=1)) for body in bodies), smallest=smallest)
    assert sum(card.received for card in found.values()) == every.received == len(bodies)
    if len(bodies) >= smallest:
        assert all(card.received >= smallest for card in found.values())
    else:
        assert set(found) <= {OTHERS}


def test_staffing_looks_at_the_same_weekday():
    rules = ReportRules(history_weeks=3)
    day = NOW.date()
    history = History(history_days(day, 3), rules, ZONE, NOW)
    nine = datetime(2026, 11, 15, 8, 10, tzinfo=UTC)  # 9:10 in Belgrade, a Sunday like 22 November
    for number in range(100):
        at = nine + timedelta(seconds=number)
        history.add(CallRow("c", at, at, at + timedelta(seconds=5), at + timedelta(minutes=3), "operators"))
    short = nine + timedelta(minutes=1)
    history.add(CallRow("c", short, short, None, short + timedelta(seconds=1), "operators", None, "abandoned_queue"))
    history.add(CallRow("c", nine - DAY, nine - DAY, nine, nine))
    halves = history.suggest(180)
    assert [day.isoformat() for day in history.days] == ["2026-11-15"]  # weeks without any call do not thin it out
    assert (halves[18].calls, halves[18].staffing.people, halves[18].rostered) == (100, 14, 20)
    assert sum(half.calls for half in halves) == 100
    assert not History([], rules, ZONE, NOW).suggest(180)


def test_heat_has_a_shade_for_whatever_came():
    rows = [{"weekday": day, "hour": hour, "arrived": 0} for day in range(7) for hour in range(24)]
    assert heat_rows(rows) == []
    rows[5]["arrived"], rows[30]["arrived"] = 1, 1000
    shades = heat_rows(rows)
    assert (shades[0][5].shade, shades[1][6].shade, shades[2][2].shade) == (1, 5, 0)


def test_the_age_is_that_of_the_source_furthest_behind():
    age = DataAge(("journal", "events", "pbx"), NOW)
    now = NOW + timedelta(minutes=10)
    age.note("journal", now)
    age.note("events", now - BEHIND_AFTER / 2)
    age.note("pbx", NOW + timedelta(minutes=2))
    assert age.age(now).stale == "pbx"
    assert age.age(now).complete_until == NOW + timedelta(minutes=2)
    age.note("pbx", now)
    assert (age.age(now).stale, age.age(now).complete_until) == ("", now)
    age.note("pbx", NOW)  # a late note takes nothing back
    assert age.age(now).stale == ""


def test_an_unknown_source_is_a_mistake():
    with pytest.raises(KeyError):
        DataAge(("journal",), NOW).note("weather", NOW)
