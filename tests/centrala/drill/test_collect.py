from datetime import UTC, datetime

from calls.journal_entries import EntryKind, JournalEntry
from centrala.drill.collect import cel_calls, journalled_cases
from centrala.drill.evidence import CelCall
from storage.journal_lines import encode_line


def row(event, unique, linked, caller="0640000001", context="from-trunk"):
    cells = (event, "1795338000.5", caller, unique, linked, "PJSIP/test-1", "", "", "", "", context, "311", "")
    return ",".join(f'"{cell}"' for cell in cells) + "\n"


def test_calls_of_the_trunk_are_read_and_a_torn_line_is_passed_over(tmp_path):
    file = tmp_path / "Master.csv"
    file.write_text(
        row("CHAN_START", "1.1", "1.1")
        + row("ANSWER", "1.1", "1.1")
        + '"CHAN_ST\n'
        + row("CHAN_START", "1.2", "1.2", "0640000002")
        + row("CHAN_START", "1.3", "1.2", "2001", "operators")
        + row("ANSWER", "1.3", "1.2", "2001")
        + row("CHAN_START", "1.4", "1.4", "2002", "operators")
    )
    assert cel_calls(file) == (CelCall("1.1", "0640000001", True), CelCall("1.2", "0640000002", False))
    assert cel_calls(tmp_path / "none.csv") == ()


def test_cases_of_every_node_are_read_once(tmp_path):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    made = JournalEntry("1.1", 2, EntryKind.CASE_CREATED, now, 1, {"case": "26100016"})
    arrived = JournalEntry("1.2", 1, EntryKind.CALL_ARRIVED, now, 2, {})
    for node, content in (("1", encode_line(made)), ("2", encode_line(arrived) + encode_line(made) + b"torn")):
        folder = tmp_path / "journal" / node
        folder.mkdir(parents=True)
        (folder / "000001.jsonl").write_bytes(content)
    assert journalled_cases((tmp_path / "journal", tmp_path / "spare")) == {"1.1": ("26100016",), "1.2": ()}
