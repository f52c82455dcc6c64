"""Mistakes in queues.yaml are refused with file, line and mend; a town without the file keeps its one queue."""

import shutil
from pathlib import Path

import pytest

from centrala.municipality_check import check

SAMPLE = Path(__file__).parents[2] / "municipality"
GENERAL = "  operators:\n    ring_s: 15\n"


@pytest.fixture
def town(tmp_path):
    folder = tmp_path / "town"
    shutil.copytree(SAMPLE, folder)
    return folder


def told(town, text):
    """Return what the check says after `text` became queues.yaml, as `line: what`."""
    (town / "queues.yaml").write_text("queues:\n" + text)
    problems = check(town)
    assert all(problem.mend for problem in problems)
    assert {Path(problem.file).name for problem in problems} <= {"queues.yaml"}
    return [f"{problem.line}: {problem.what}" for problem in problems]


def test_the_sample_town_and_a_town_without_the_file_are_in_order(town):
    assert check(town) == []
    (town / "queues.yaml").unlink()
    assert check(town) == []


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("  hungarian: {languages: [hu]}\n", 1, "general queue `operators` is not described"),
        ("  operators: {languages: [sr]}\n", 2, "does not serve everybody"),
        (GENERAL + "  german: {languages: [de]}\n", 4, "for the language `de`, which the town has not"),
        (GENERAL + "  water: {subjects: [water]}\n", 4, "no operator serves the queue `water`"),
        (GENERAL + "    overflow:\n      wait: {after_s: 60, to: nowhere}\n", 5, "cannot go on to `nowhere`"),
        (GENERAL + "    overflow:\n      empty: {to: '381'}\n", 5, "cannot go on to `381`"),
        (GENERAL + "    overflow:\n      wait: {to: operators}\n", 2, "sent in a circle"),
        (GENERAL + "    strategy: ringall\n", 4, "ringall"),
        (GENERAL + "    names: {sr: ''}\n", 4, "names"),
        (GENERAL + "    names: {Serbian: Svi}\n", 4, "names"),
        (GENERAL + "  own-2001: {}\n", 4, "meaning of its own"),
        (GENERAL + "    ring_s: 1\n", 0, ""),
    ],
)
def test_a_mistake_is_told_where_it_stands(town, text, line, what):
    found = told(town, text)
    assert found
    assert any(what in one and (not line or one.startswith(f"{line}: ")) for one in found), found


def test_a_flow_may_use_the_queues_and_subjects_that_there_are(town):
    flow = town / "flows" / "report.yaml"
    flow.write_text(flow.read_text().replace("queue: operators", "queue: hungarian\n    subject: water"))
    problems = check(town)
    assert [problem.what for problem in problems if "subject" in problem.what] != []
    assert not [problem.what for problem in problems if "unknown queue" in problem.what]
