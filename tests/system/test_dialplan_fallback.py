"""When the programs behind the menu are gone, dead or frozen, the caller reaches a person or a recorder."""

import os
import signal

import pytest

from tests.system.asterisk_bed import AsteriskBed, wait_for
from tests.system.kept_sound import recorded_sides

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]


def spooled_after_call(bed: AsteriskBed, number: str, *, keys: str = "", calls: int = 1) -> list[dict[str, str]]:
    """Call, press one key to end the recording, and return the fallback events of the calls that came of it."""
    before = bed.ended_calls()
    run = bed.sipp("uac_menu", [[number, keys, "2500", ""]] * calls, rate=5)
    result = run.finish(90)
    assert result.failed == 0, result.errors + result.output
    assert result.succeeded == calls
    wait_for(lambda: len(bed.ended_calls() - before) >= calls, reason="CEL says the calls are over")
    over = bed.ended_calls() - before
    return [row for row in bed.cel("USER_DEFINED") if row["linkedid"] in over]


def test_without_any_server_the_dialplan_itself_takes_the_message(shared_bed):
    events = spooled_after_call(shared_bed, "0641111111", keys="###")
    assert [event["user_event"] for event in events] == ["CENTRALA_FALLBACK"]
    stem = events[0]["uniqueid"]
    audio = shared_bed.inputs.directories.dialplan_spool / f"{stem}.wav"
    assert audio.stat().st_size > 8000, "half a second of the caller's voice at least"
    recording, _ = recorded_sides(shared_bed, stem)
    assert recording.stat().st_size > audio.stat().st_size, "the call's recording began with the answer"


def test_a_server_that_dies_in_mid_call_is_followed_by_the_second_one(shared_bed, tiny_agi):
    ports = shared_bed.inputs.ports
    tiny_agi(ports.agi_first, "die")
    second = tiny_agi(ports.agi_second, "done:message")
    events = spooled_after_call(shared_bed, "0641111112", keys="###")
    assert second.stdout is not None
    assert second.stdout.readline().strip() == "inbound|bed-token-1|resume|311"
    assert second.stdout.readline().strip() == "message|bed-token-1|resume|311"
    assert len(events) == 1, "its answer to the message route was not an end, so the recorder took the call"


def test_frozen_servers_cost_the_caller_seconds_not_the_call(shared_bed, tiny_agi):
    ports = shared_bed.inputs.ports
    for port in (ports.agi_first, ports.agi_second):
        os.kill(tiny_agi(port, "forget").pid, signal.SIGSTOP)
    events = spooled_after_call(shared_bed, "0641111113", keys="######")
    assert len(events) == 1
    rows = [row for row in shared_bed.cel() if row["linkedid"] == events[0]["linkedid"]]
    answered = next(float(row["time"]) for row in rows if row["event"] == "ANSWER")
    in_fallback = next(float(row["time"]) for row in rows if row["event"] == "APP_START")
    assert in_fallback - answered < 2 * shared_bed.inputs.menu_deadline + 3, "two deadlines, and no more"


def test_silent_servers_are_given_up(shared_bed, tiny_agi):
    for port in (shared_bed.inputs.ports.agi_first, shared_bed.inputs.ports.agi_second):
        tiny_agi(port, "silent")
    assert len(spooled_after_call(shared_bed, "0641111114", keys="######")) == 1


def test_a_server_that_forgets_to_say_it_is_done_counts_as_dead(shared_bed, tiny_agi):
    first = tiny_agi(shared_bed.inputs.ports.agi_first, "forget")
    assert len(spooled_after_call(shared_bed, "0641111115", keys="###")) == 1
    assert first.stdout is not None
    assert first.stdout.readline().strip() == "inbound|bed-token-1||311"


def test_an_unknown_destination_goes_to_people(shared_bed, tiny_agi):
    tiny_agi(shared_bed.inputs.ports.agi_first, "done:moon")
    events = spooled_after_call(shared_bed, "0641111116", keys="###")
    assert len(events) == 1
    rows = [row for row in shared_bed.cel("APP_START") if row["linkedid"] == events[0]["linkedid"]]
    assert [row["context"] for row in rows] == ["queues"], "the queue was asked, through the extension i"


def test_done_with_hangup_ends_the_call_in_order(shared_bed, tiny_agi):
    tiny_agi(shared_bed.inputs.ports.agi_first, "done:hangup")
    assert spooled_after_call(shared_bed, "0641111117") == []
