"""The last resort as Asterisk runs it: a program on pipes, with nothing of ours around it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agi import last_resort
from calls import channel_variables
from calls.channel_variables import Destination
from tests.fakes.fake_asterisk import header, words_of

PROGRAM = Path(last_resort.__file__)


def run(
    spool: Path,
    *,
    caller: str = "0641234567",
    uniqueid: str = "1700000000.7",
    hang_up: bool = False,
    missing: bool = False,
) -> tuple[list[list[str]], subprocess.CompletedProcess[str]]:
    """Run the program with canned replies (it sends one command at a time, so they can all wait in the pipe)."""
    answers = [
        "200 result=1 (311)",
        "200 result=1 (hu)",
        "200 result=-1 endpos=0" if missing else "200 result=0 endpos=100",
        "200 result=-1 (hangup) endpos=8000" if hang_up else "200 result=1 (timeout) endpos=8000",
        "200 result=1",
        *["200 result=0 endpos=100"] * 3,
    ]
    opening = header("last_resort", uniqueid=uniqueid, callerid=caller)
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(spool), "/prompts"],
        input=(opening + "".join(f"{answer}\n" for answer in answers).encode()).decode("utf-8", "surrogateescape"),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=30,
        cwd="/",
        env={},
    )
    return [words_of(line) for line in done.stdout.splitlines()], done


def test_the_names_shared_with_the_dialplan_are_the_contracts():
    assert last_resort.IVR_DONE == channel_variables.IVR_DONE
    assert last_resort.LANGUAGE == channel_variables.LANGUAGE
    assert last_resort.DID == channel_variables.DID
    assert last_resort.DONE == Destination.HANGUP


def test_the_message_and_its_note_are_left_in_the_spool(tmp_path):
    (tmp_path / "1700000000.7.wav").write_bytes(b"\0" * 20_000)
    commands, done = run(tmp_path)

    note = json.loads((tmp_path / "1700000000.7.json").read_text())
    assert note | {"started_at": "", "ended_at": ""} == {
        "uniqueid": "1700000000.7",
        "caller": "0641234567",
        "did": "311",
        "language": "hu",
        "audio": "1700000000.7.wav",
        "started_at": "",
        "ended_at": "",
        "complete": True,
        "thanked": True,
    }
    assert commands[2][:3] == ["STREAM", "FILE", "/prompts/hu/fallback.message"]
    assert commands[3][:4] == ["RECORD", "FILE", str(tmp_path / "1700000000.7"), "wav"]
    assert commands[4] == ["SET", "VARIABLE", "IVR_DONE", "hangup"]
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_caller_who_hangs_up_has_left_a_message(tmp_path):
    commands, done = run(tmp_path, hang_up=True)

    note = json.loads((tmp_path / "1700000000.7.json").read_text())
    assert (note["complete"], note["thanked"]) == (True, False)
    assert ["SET", "VARIABLE", "IVR_DONE", "hangup"] not in commands
    assert done.returncode == 0


@pytest.mark.parametrize("recorded", [0, 6000])
def test_a_key_pressed_too_early_does_not_cost_the_message(tmp_path, recorded):
    if recorded:
        (tmp_path / "1700000000.7.wav").write_bytes(b"\0" * recorded)
    commands, _ = run(tmp_path)

    assert [words[0] for words in commands[2:7]] == ["STREAM", "RECORD", "STREAM", "RECORD", "SET"]


def test_a_missing_prompt_does_not_cost_the_message(tmp_path):
    commands, _ = run(tmp_path, missing=True)

    assert any(words[:2] == ["RECORD", "FILE"] for words in commands)


@pytest.mark.parametrize(
    ("caller", "uniqueid"),
    [("\udcff\udcfe<img>${SHELL(id)}&", "1.2"), ("x" * 5000, "1.2"), ("0641234567", "../../etc/cron.d/x")],
)
def test_hostile_headers_reach_no_file_name_and_no_command(tmp_path, caller, uniqueid):
    commands, done = run(tmp_path, caller=caller, uniqueid=uniqueid)

    assert done.returncode == 0
    assert len(list(tmp_path.glob("*.json"))) == 1
    recorded = next(words[2] for words in commands if words[:2] == ["RECORD", "FILE"])
    assert Path(recorded).parent == tmp_path
    assert caller[:20] not in done.stdout


def test_a_spool_that_cannot_be_written_is_one_line_and_no_ivr_done(tmp_path):
    (tmp_path / "file").write_text("in the way")

    commands, done = run(tmp_path / "file")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "0641234567" not in done.stderr
    assert not any("IVR_DONE" in words for words in commands)


def test_wrong_arguments_are_refused():
    assert last_resort.main([]) == 2
