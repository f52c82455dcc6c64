"""Our FastAGI servers and the last resort under a real Asterisk: a call, a take-over, a message of last resort."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from calls.journal_entries import EntryKind, JournalEntry
from ivr.prompt_texts import load_prompt_texts
from storage.journal_reader import JournalReader
from tests.system.asterisk_bed import AsteriskBed, running_bed, wait_for
from tests.system.sipp import speech

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

CHECKOUT = Path(__file__).parents[2]
SERVER = CHECKOUT / "tests" / "fakes" / "agi_process.py"
LAST_RESORT = CHECKOUT / "agi" / "last_resort.py"

Start = Callable[[AsteriskBed, int], subprocess.Popen[str]]


@pytest.fixture(scope="module")
def prompts(tmp_path_factory) -> Path:
    """Every prompt of the sample town, a quarter of a second long."""
    folder = tmp_path_factory.mktemp("prompts")
    for language, texts in load_prompt_texts(CHECKOUT / "municipality").items():
        (folder / language).mkdir()
        for name in texts:
            (folder / language / f"{name}.ulaw").write_bytes(speech(0.25))
    return folder


@pytest.fixture
def start(prompts) -> Iterator[Start]:
    started = []

    def start_server(bed: AsteriskBed, node: int) -> subprocess.Popen[str]:
        port = bed.inputs.ports.agi_first if node == 1 else bed.inputs.ports.agi_second
        process = subprocess.Popen(
            [sys.executable, str(SERVER), str(port), str(node), str(bed.home), str(prompts)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env={"PYTHONPATH": str(CHECKOUT)},
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        return process

    yield start_server
    for process in started:
        process.kill()
        process.wait()


def facts(bed: AsteriskBed) -> list[JournalEntry]:
    reader = JournalReader(bed.home / "journal")
    return [entry for segment in reader.segments() for entry in reader.read(segment, 0, 10_000)[0]]


def of_kind(bed: AsteriskBed, kind: EntryKind) -> list[JournalEntry]:
    return [entry for entry in facts(bed) if entry.kind is kind]


def test_a_call_walks_the_menu_and_its_message_becomes_a_case(shared_bed, start):
    start(shared_bed, 1)
    before = len(of_kind(shared_bed, EntryKind.CASE_CREATED))
    run = shared_bed.sipp("uac_menu", [["0641111121", "20#", "3000", ""]])

    result = run.finish(120)

    assert result.failed == 0, result.errors + result.output
    created = of_kind(shared_bed, EntryKind.CASE_CREATED)[before:]
    assert len(created) == 1
    assert created[0].data["language"] == "en"
    assert created[0].data["caller"] == "0641111121"
    left = of_kind(shared_bed, EntryKind.MESSAGE_LEFT)[-1]
    assert (shared_bed.home / "recordings" / left.data["audio"]).stat().st_size > 16_000
    linkedids = {row["linkedid"] for row in shared_bed.cel()}
    assert created[0].linkedid in linkedids


def test_the_second_server_goes_on_where_the_first_was_killed(asterisk_bed, start):
    first = start(asterisk_bed, 1)
    start(asterisk_bed, 2)
    run = asterisk_bed.sipp("uac_menu", [["0641111122", "30#", "6000", ""]])
    wait_for(lambda: of_kind(asterisk_bed, EntryKind.LANGUAGE_CHOSEN), reason="the language was chosen")
    first.kill()
    killed_at = time.time()

    taken_over = wait_for(
        lambda: [entry for entry in facts(asterisk_bed) if entry.node == 2], reason="the second server has the call"
    )

    assert taken_over[0].at.timestamp() - killed_at < 8, "the question that was being asked, and no more"
    result = run.finish(120)
    assert result.failed == 0, result.errors + result.output
    entries = facts(asterisk_bed)
    assert [entry.kind for entry in entries].count(EntryKind.CALL_ARRIVED) == 1
    assert {entry.data["language"] for entry in of_kind(asterisk_bed, EntryKind.CASE_CREATED)} == {"hu"}
    steps = [entry.step for entry in entries]
    assert len(set(steps)) == len(steps)


def test_the_last_resort_takes_a_message_without_any_server(tmp_path, prompts):
    spool = tmp_path / "spool"
    with running_bed((sys.executable, str(LAST_RESORT), str(spool), str(prompts))) as bed:
        run = bed.sipp("uac_menu", [["0641111123", "###", "3000", ""]])
        result = run.finish(120)
        assert result.failed == 0, result.errors + result.output
        (note_file,) = wait_for(lambda: list(spool.glob("*.json")), reason="the note is written")
        note = json.loads(note_file.read_text())
        output = (bed.home / "asterisk.out").read_text(errors="replace") + bed.log()

    assert note["caller"] == "0641111123"
    assert note["did"] == "311"
    assert note["language"] == "sr"
    assert note["complete"] is True
    assert (spool / note["audio"]).stat().st_size > 8_000
    assert "0641111123" not in output
