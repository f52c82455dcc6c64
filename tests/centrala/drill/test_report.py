import json

import pytest

from centrala.commands.drill import chosen
from centrala.drill import report
from centrala.drill.cell import Result
from centrala.drill.oracle import Verdict
from centrala.errors import WrongUsage

GOOD = Verdict(100, 20, (), (), (), (), (), (), 0.4)
BAD = Verdict(50, 9, ("one case",), (), (), (), (), ("silence",), 3.5)
RESULTS = [
    Result("agi-1 killed", 2, ("agi-1",), 3, GOOD, (1.0, 0.9, 1.2), 60.0),
    Result("both killed", 2, ("agi-1", "agi-2"), 2, BAD, (2.0, 3.0), 60.0),
]


def test_the_table_has_a_line_for_each_fault_and_the_sums():
    text = report.as_markdown(RESULTS)
    assert "| 2 | agi-1 killed | 3 | 100 | 20 | 0 | 0 | 0 | 0 | 0 | 0 | 0.4 s | 1.0 / 1.2 s |" in text
    assert "150 calls, 29 cases; killed: agi-1 5×, agi-2 2×; lost 1," in text


def test_programs_get_the_findings_in_full():
    told = json.loads(report.as_json(RESULTS))
    assert told["killed"] == {"agi-1": 5, "agi-2": 2}
    assert told["cells"][1]["findings"] == ["one case", "silence"]


def test_rows_are_chosen_and_a_wrong_one_is_refused():
    assert {fault.row for fault in chosen("2,14")} == {2, 14}
    for wrong in ("two", "99"):
        with pytest.raises(WrongUsage):
            chosen(wrong)
