import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from agi.phone import Deadlines
from calls.channel_variables import Destination
from calls.ids import CaseNumber
from calls.journal_entries import EntryKind
from calls.ports import CaseStatusAnswer
from ivr.loader import parse_flows
from storage.case_mint import pin_hash
from tests.agi.conftest import NOW
from tests.fakes.fake_asterisk import TOKEN, Caller, call, header

CASE = CaseNumber.mint(26, 1, 41)


def kinds(switchboard) -> list[str]:
    return [entry.kind.value for entry in switchboard.facts()]


async def dial(port: int, caller: Caller, *, resume: bool = False, route: str = "inbound") -> None:
    await call(port, header(route, TOKEN, "resume" if resume else "", "311"), caller)


async def test_the_way_to_an_operator_costs_one_command_per_step(switchboard):
    caller = Caller(["1", "0"])
    async with switchboard.running() as port:
        await dial(port, caller)

    assert [words[:2] for words in caller.commands] == [
        ["SET", "AUTOHANGUP"],
        ["GET", "DATA"],
        ["GET", "DATA"],
        ["STREAM", "FILE"],
        ["SET", "VARIABLE"],
    ]
    assert caller.variables == {"IVR_DONE": Destination.QUEUE}
    assert kinds(switchboard)[0] == "call.arrived"
    assert switchboard.facts()[0].data == {
        "caller": "0641234567",
        "did": "311",
        "uniqueid": "1700000000.1",
        "route": "inbound",
        "recording": "1700000000.1",
    }
    assert [entry.step for entry in switchboard.facts()] == list(range(1, len(switchboard.facts()) + 1))


async def test_the_language_chosen_reaches_the_dialplan_and_the_prompts(switchboard, library):
    caller = Caller(["3", "0"])
    async with switchboard.running() as port:
        await dial(port, caller)

    assert caller.variables == {"CENTRALA_LANGUAGE": "hu", "IVR_DONE": Destination.QUEUE}
    assert caller.heard[1].startswith(f"{library}/hu/")


async def test_each_fact_is_on_the_disk_before_the_caller_hears_what_follows(switchboard):
    seen: list[tuple[str, int]] = []
    caller = Caller(["1", "0"])
    caller.on_command = lambda words: seen.append((words[0], len(switchboard.facts())))
    async with switchboard.running() as port:
        await dial(port, caller)

    assert seen[0][1] >= 2  # the arrival and the session, before the first word
    by_question = [count for verb, count in seen if verb == "GET"]
    assert by_question == sorted(set(by_question))


async def test_a_caller_who_presses_nothing_reaches_a_person(switchboard):
    caller = Caller(patient=True)
    async with switchboard.running() as port:
        await dial(port, caller)

    assert caller.variables["IVR_DONE"] == Destination.QUEUE


async def test_a_hang_up_in_the_menu_is_journalled_and_sets_nothing(switchboard):
    caller = Caller(["1"])
    async with switchboard.running() as port:
        await dial(port, caller)
        async with asyncio.timeout(30):
            while not switchboard.facts(EntryKind.FLOW_ENDED):
                await asyncio.to_thread(lambda: None)

    assert switchboard.facts(EntryKind.FLOW_ENDED)[0].data["destination"] == Destination.HANGUP
    assert caller.variables == {}


async def test_the_status_of_a_case_is_spoken_in_the_callers_language(switchboard, tmp_path):
    switchboard.status.known[(CASE.digits, "9876")] = CaseStatusAnswer(CASE, "assigned", None, NOW, None, None)
    caller = Caller(["2", "3", CASE.digits, "9876"])
    async with switchboard.running() as port:
        await dial(port, caller)

    joined = Path(f"{caller.heard[-1]}.ulaw").read_bytes()
    assert b"assigned en" in joined
    assert switchboard.facts(EntryKind.STATUS_ASKED)[0].data == {"case": CASE.digits, "found": True}
    assert "9876" not in "".join(str(entry.data) for entry in switchboard.facts())


@pytest.mark.parametrize("fault", ["refused", "hangs"])
async def test_a_store_that_is_down_hands_the_caller_to_a_person(switchboard, fault):
    switchboard.status.failure = ConnectionRefusedError("down") if fault == "refused" else None
    switchboard.status.hangs = fault == "hangs"
    caller = Caller(["1", "3", CASE.digits, "9876"])
    async with switchboard.running() as port:
        await dial(port, caller)

    assert caller.variables == {"IVR_DONE": Destination.QUEUE}
    assert switchboard.facts(EntryKind.FLOW_FAILED)


async def test_a_voice_that_is_down_hands_the_caller_to_a_person(switchboard):
    switchboard.status.known[(CASE.digits, "9876")] = CaseStatusAnswer(CASE, "assigned", None, NOW, None, None)
    switchboard.speaker.broken = True
    caller = Caller(["1", "3", CASE.digits, "9876"])
    async with switchboard.running() as port:
        await dial(port, caller)

    assert caller.variables == {"IVR_DONE": Destination.QUEUE}


async def test_a_journal_that_is_down_does_not_stop_a_call(switchboard, caplog):
    class Broken:
        async def append(self, *entries):
            raise OSError(28, "No space left on device")

        def entries_of(self, linkedid):
            raise OSError(5, "Input/output error")

    caller = Caller(["1", "0"])
    async with switchboard.running(journal=Broken()) as port:
        await dial(port, caller)
        assert caller.variables == {"IVR_DONE": Destination.QUEUE}

        message = Caller(["#"], patient=True)
        await dial(port, message, route="message")

    assert "not journalled" in caplog.text
    assert "IVR_DONE" not in message.variables  # no case could be made: on to the recorder


async def test_an_urgent_notice_is_heard_before_the_menu(switchboard, library, tmp_path):
    sound = tmp_path / "notice"
    sound.with_suffix(".ulaw").write_bytes(b"THE NOTICE")
    switchboard.needs.notice.switch_on(sound)
    caller = Caller(["1", "0"])
    async with switchboard.running() as port:
        await dial(port, caller)

    assert b"THE NOTICE" in Path(f"{caller.heard[1]}.ulaw").read_bytes()
    assert switchboard.needs.notice.current().sound == str(sound)


async def test_a_message_becomes_a_case_whose_number_and_pin_are_heard(switchboard, tmp_path):
    caller = Caller(["5", "0"])
    async with switchboard.running() as port:
        await dial(port, caller)
        listener = Caller([], patient=True, recorded_seconds=4)
        await dial(port, listener, route="message")

    (created,) = switchboard.facts(EntryKind.CASE_CREATED)
    (left,) = switchboard.facts(EntryKind.MESSAGE_LEFT)
    number = CaseNumber.parse(created.data["case"])
    pin = switchboard.needs.mint.pin_of(number)
    assert created.data["pin_hash"] == pin_hash(b"k" * 32, number, pin)
    assert created.data["language"] == "ro"  # chosen in the menu
    assert created.data["caller"] == "0641234567"
    assert left.data["case"] == number.digits
    assert (switchboard.needs.recordings / left.data["audio"]).stat().st_size == 44 + 4 * 16000
    spoken = b"".join(Path(f"{sound}.ulaw").read_bytes() for sound in listener.heard)
    for digit in set(number.digits + pin):
        assert f"digits.{digit}".encode() in spoken
    assert listener.variables == {"IVR_DONE": Destination.HANGUP}
    steps = [entry.step for entry in switchboard.facts()]
    assert len(set(steps)) == len(steps)


async def test_a_caller_who_hangs_up_while_recording_has_a_case(switchboard):
    caller = Caller(recorded_seconds=5, hangs_up_in_recording=True, patient=True)
    async with switchboard.running() as port:
        await dial(port, caller, route="message")

    assert len(switchboard.facts(EntryKind.CASE_CREATED)) == 1
    assert switchboard.facts(EntryKind.MESSAGE_LEFT)[0].data["seconds"] == 5.0
    assert caller.variables == {}


async def test_a_message_route_cannot_send_a_caller_round_for_ever(switchboard):
    start = "nodes: {back: {type: enqueue, queue: operators, prompts: [error.to_operator]}}\nstart: back\nflow: "
    back = replace(switchboard.needs.town(), flows=parse_flows({"a": f"{start}inbound\n", "b": f"{start}message\n"}))
    ends = []
    async with switchboard.running(town=lambda: back) as port:
        for _ in range(5):
            caller = Caller(patient=True)
            await dial(port, caller, route="message")
            ends.append(caller.variables.get("IVR_DONE"))

    assert ends == ["queue", "queue", "queue", "hangup", "hangup"]


@pytest.mark.parametrize(("answer", "failed"), [(b"200 result=35\n", False), (b"200 result=-1 (writefile)\n", True)])
async def test_a_key_in_the_tone_is_asked_again_and_a_sick_disk_is_a_failure(switchboard, answer, failed):
    class Hasty(Caller):
        def __call__(self, words):
            told = super().__call__(words)
            if words[0] != "RECORD":
                return told
            Path(f"{words[2]}.{words[3]}").unlink()
            return answer

    caller = Hasty(patient=True)
    async with switchboard.running() as port:
        await dial(port, caller, route="message")
    assert bool(switchboard.facts(EntryKind.FLOW_FAILED)) is failed


async def test_a_disk_without_room_sends_the_caller_on_to_the_recorder_from_both_servers(switchboard, monkeypatch):
    monkeypatch.setattr("agi.call_driver.shutil.disk_usage", lambda folder: SimpleNamespace(free=1000))
    first, second = Caller(patient=True), Caller(patient=True)
    async with switchboard.running() as port:
        await dial(port, first, route="message")
        await dial(port, second, route="message", resume=True)

    assert not [words for words in (*first.commands, *second.commands) if words[0] == "RECORD"]
    assert (first.variables, second.variables) == ({}, {}), "neither tells the dialplan that the caller is served"


async def test_silence_after_the_tone_is_asked_again_and_makes_no_case(switchboard):
    caller = Caller(recorded_seconds=0, patient=True)
    async with switchboard.running() as port:
        await dial(port, caller, route="message")

    assert len([words for words in caller.commands if words[0] == "RECORD"]) > 1
    assert caller.variables == {"IVR_DONE": Destination.HANGUP}
    assert not switchboard.facts(EntryKind.CASE_CREATED)


async def test_the_deadline_is_renewed_only_when_a_step_would_overrun_it(switchboard):
    every_step = Caller(["1", "1"])
    async with switchboard.running(deadlines=Deadlines(ahead=0)) as port:
        await dial(port, every_step)

    renewals = [words for words in every_step.commands if words[:2] == ["SET", "AUTOHANGUP"]]
    assert len(renewals) >= 2
    assert all(int(words[2]) < 60 for words in renewals)


class TestTakenUpByTheSecondServer:
    async def test_goes_on_at_the_same_question_in_the_same_language(self, make_switchboard):
        first, second = make_switchboard(1), make_switchboard(2)
        async with first.running() as port:
            await dial(port, Caller(["3", "3"]))
        caller = Caller(["*"], patient=True)
        steps_before = len(first.facts())
        # A hang-up is journalled; what a killed server leaves is its last session.
        cut_off_end(first)
        async with second.running() as port:
            await dial(port, caller, resume=True)

        entries = second.facts()
        assert len(entries) > steps_before - 1
        assert {entry.data["language"] for entry in entries if entry.node == 2 and "language" in entry.data} == {"hu"}
        assert [entry.kind for entry in entries].count(EntryKind.CALL_ARRIVED) == 1
        steps = [entry.step for entry in entries]
        assert len(set(steps)) == len(steps)
        assert caller.variables["CENTRALA_LANGUAGE"] == "hu"

    async def test_a_call_that_no_server_knew_begins_anew(self, make_switchboard):
        second = make_switchboard(2)
        caller = Caller(["1", "0"])
        async with second.running() as port:
            await dial(port, caller, resume=True)

        assert caller.variables == {"IVR_DONE": Destination.QUEUE}
        assert len(second.facts(EntryKind.CALL_ARRIVED)) == 1

    async def test_a_flow_that_had_ended_is_only_handed_over(self, make_switchboard):
        first, second = make_switchboard(1), make_switchboard(2)
        async with first.running() as port:
            await dial(port, Caller(["2", "0"]))
        caller = Caller()
        async with second.running() as port:
            await dial(port, caller, resume=True)

        assert caller.variables == {"CENTRALA_LANGUAGE": "en", "IVR_DONE": Destination.QUEUE}
        assert caller.heard == []

    @pytest.mark.parametrize("died", ["after the case was journalled", "while the number was read out"])
    async def test_a_case_is_never_made_twice_and_its_pin_is_still_said(self, make_switchboard, died):
        first, second = make_switchboard(1), make_switchboard(2)
        async with first.running() as port:
            await dial(port, Caller([], recorded_seconds=4), route="message")
        (made,) = first.facts(EntryKind.CASE_CREATED)
        cut_off_end(first, after=EntryKind.CASE_CREATED if died.startswith("after") else None)
        caller = Caller([] if died.startswith("after") else ["9"], patient=True)
        async with second.running() as port:
            await dial(port, caller, resume=True, route="message")

        assert [entry.data["case"] for entry in second.facts(EntryKind.CASE_CREATED)] == [made.data["case"]]
        pin = second.needs.mint.pin_of(CaseNumber(made.data["case"]))
        spoken = b"".join(Path(f"{sound}.ulaw").read_bytes() for sound in caller.heard)
        assert b"".join(f"digits.{digit}".encode() * 20 + b"\xff" * 960 for digit in pin) in spoken
        assert caller.variables == {"IVR_DONE": Destination.HANGUP}


def cut_off_end(switchboard, after: EntryKind | None = None) -> None:
    """Take the journal back to its last session (or to the last fact of a kind), as if the process had died there."""
    entries = switchboard.facts()
    keep = max(index for index, entry in enumerate(entries) if entry.kind is (after or EntryKind.SESSION)) + 1
    (segment, *_) = sorted((switchboard.home / "journal" / "1").glob("*.jsonl"))
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:keep]))


def test_the_times_in_the_journal_are_the_clocks(switchboard):
    assert replace(switchboard.needs).clock() - NOW == timedelta(0)
