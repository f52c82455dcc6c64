"""A truth that differs must be found: each figure of a small day is changed in the reports, one after the other."""

from copy import deepcopy

import pytest

from cases.town_loader import load_town
from centrala.drill.day_books import Stretch
from centrala.drill.day_figures import PAUSE_AFTER, RETURN_AFTER, true_figures
from centrala.drill.day_reports import compare, told_figures
from centrala.drill.day_script import Caller, Plan
from centrala.drill.day_truth import judge_day
from centrala.settings import CHECKOUT
from tests.centrala.drill.day_books_made import NOON, WAY, person, ring, session, waited, wrapped

MENU = Caller("3", Plan.MENU, "w1", 1500, "sr", ("language 1", "language sr"), "main")
CALLERS = {"1": person("1"), "2": person("2", Plan.GIVES_UP), "3": MENU, "4": person("4", passed_on=True)}
RINGS = [
    ring("2001", "1", 7, answered=9, ended=15),
    ring("2002", "4", 107, ended=108, refused=True),
    ring("2001", "4", 109, answered=110, ended=116),
    ring("2002", "4", 116.5, answered=117, ended=125, passed=True),
]


def truth(calls_from=CALLERS):
    seen = [
        waited("1", served=15),
        waited("2", at=40, left=17),
        waited("3", at=60, left=5),
        waited("4", at=100, served=25),
    ]
    judged = judge_day(calls_from, seen, RINGS, [])
    assert judged.strange == []
    marks = [wrapped("2001", "1", 15, 18), wrapped("2001", "4", 116, 118), wrapped("2002", "4", 125, 127)]
    spans = [session("2001", 0, 200), session("2002", 0, 200), session("2002", 130, 200, "pause")]
    return true_figures(judged.calls, RINGS, marks, spans)


def table(name, *rows):
    return {"name": name, "rows": list(rows)}


def figures(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


def operator(extension, **values):
    names = ("rings", "rings_not_taken", "session_time", "ready_time", "paused_time", "ringing_time")
    return {"extension": extension} | dict.fromkeys((*names, "talking_time", "wrapup_spent"), 0) | values


REPORTS = {
    "calls": {
        "figures": figures(
            arrived=4, queued=3, answered=2, abandoned=1, short_abandoned=0, callbacks_taken=0, average_wait=3.2,
            average_give_up=11, longest_wait=11, average_talk=6.6, average_wrapup=2.4, transfers=1,
            level_of_answered=1.0, level_of_offered=2 / 3, median_wait=None,
        ),
        "tables": [
            table(
                "fates", {"fate": "answered", "calls": 2}, {"fate": "abandoned", "calls": 1},
                {"fate": "short", "calls": 0},
            ),
            table(
                "outcomes", {"outcome": "operator", "calls": 2}, {"outcome": "abandoned_queue", "calls": 1},
                {"outcome": "abandoned_menu", "calls": 1},
            ),
            table("wrapups", {"wrapup_outcome": "informed", "conversations": 3}),
        ],
    },
    "operators": {
        "figures": [],
        "tables": [
            table(
                "operators",
                operator(
                    "2001", rings=2, session_time=200, ready_time=180, ringing_time=3, talking_time=12, wrapup_spent=5
                ),
                operator(
                    "2002", rings=1, rings_not_taken=1, session_time=200, ready_time=118.9, paused_time=70,
                    ringing_time=1, talking_time=8, wrapup_spent=2.1,
                ),
            ),
            table(
                "handling",
                {"extension": "2001", "conversations": 2, "talk": 12, "wrapup_time": 5},
                {"extension": "2002", "conversations": 1, "talk": 8, "wrapup_time": 2},
            ),
        ],
    },
    "menu": {
        "figures": figures(gave_up_in_menu=1),
        "tables": [
            table("paths", {"path": " › ".join(WAY), "calls": 3}, {"path": "language 1 › language sr", "calls": 1}),
            table("nodes", {"node": "main", "gave_up_here": 1}, {"node": "language", "gave_up_here": 0}),
        ],
    },
    "missed": {
        "figures": figures(missed_came=2, missed_open=2),
        "tables": [
            table("missed", {"reason": "abandoned_queue", "came": 1}, {"reason": "abandoned_menu", "came": 1})
        ],
    },
}  # fmt: skip


def differing(reports):
    return [one.name for one in compare(truth(), told_figures(reports)) if not one.agrees]


def test_reports_that_say_the_truth_agree():
    assert differing(REPORTS) == []


def numbers(reports):
    """Where each number of the reports stands: report, path to it."""
    for name, report in reports.items():
        for place, figure in enumerate(report["figures"]):
            if figure["value"] is not None:
                yield name, ("figures", place, "value")
        for place, one in enumerate(report["tables"]):
            for line, row in enumerate(one["rows"]):
                yield from (
                    (name, ("tables", place, "rows", line, key)) for key, v in row.items() if not isinstance(v, str)
                )


@pytest.mark.parametrize(("report", "path"), list(numbers(REPORTS)), ids=str)
def test_a_figure_that_differs_is_found(report, path):
    changed = deepcopy(REPORTS)
    holder = changed[report]
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] += 8 if isinstance(holder[path[-1]], int) and holder[path[-1]] > 4 else 5
    assert differing(changed) != []


@pytest.mark.parametrize("gone", ["outcomes", "paths", "handling", "operators", "missed", "wrapups"])
def test_a_table_that_says_nothing_is_found(gone):
    changed = deepcopy(REPORTS)
    for report in changed.values():
        for one in report["tables"]:
            one["rows"] = [] if one["name"] == gone else one["rows"]
    assert differing(changed) != []


def test_the_difference_is_said_in_a_sentence():
    changed = deepcopy(REPORTS)
    changed["calls"]["figures"][0]["value"] = 5
    (found,) = [one for one in compare(truth(), told_figures(changed)) if not one.agrees]
    assert str(found) == "arrived: the reports say 5, the truth is 4"


def test_one_call_that_may_be_anything_gives_counts_no_more_than_one():
    judged = judge_day({"2": person("2", Plan.GIVES_UP)}, [waited("2", left=11.2)], [], [])
    figures_of = true_figures(judged.calls, [], [], [])
    assert (figures_of.of("arrived").low, figures_of.of("arrived").high) == (0, 1)
    assert figures_of.of("outcome never heard of").high == 1


def test_an_answer_that_the_exchange_died_under_may_not_have_reached_it():
    rings = [ring("2001", "1", 7, answered=9, ended=9.1, broken=True), ring("2001", "2", 20, ended=24)]
    judged = judge_day(CALLERS, [waited("1", left=10)], rings[:1], [])
    known = true_figures(judged.calls, rings, [], [session("2001", 0, 200)]).known
    bounds = known["operator 2001 rings_not_taken"]
    assert (bounds.low, bounds.high) == (1, 2)
    assert (known["operator 2001 rings"].low, known["operator 2001 rings"].high) == (2, 2)


def test_who_refuses_three_in_a_row_is_paused_by_the_towns_rules():
    rules = load_town(CHECKOUT / "municipality").desk.unanswered
    assert (rules.pause_after, rules.return_after_seconds) == (PAUSE_AFTER, RETURN_AFTER)
    refusals = [ring("2001", str(number), 10 * number, ended=10 * number + 1, refused=True) for number in (1, 2, 3)]
    known = true_figures([], refusals, [], [session("2001", 0, 500)]).known
    assert known["operator 2001 paused time"].low <= 120 <= known["operator 2001 paused time"].high
    answered = [refusals[0], refusals[1], ring("2001", "9", 25, answered=26, ended=28), refusals[2]]
    known = true_figures([], answered, [], [session("2001", 0, 500)]).known
    assert known["operator 2001 paused time"].high == 0


def test_a_ring_in_the_moment_in_which_a_pause_ends_may_belong_to_either():
    pause = Stretch("2001", "pause", (NOON + 10, NOON + 10.1), (NOON + 100, NOON + 100.5))
    rings = [ring("2001", "1", 100.2, answered=102, ended=110)]
    known = true_figures([], rings, [], [session("2001", 0, 200), pause]).known
    assert known["operator 2001 paused time"].high == pytest.approx(90.5)
    assert known["operator 2001 ready time"].high >= 102
