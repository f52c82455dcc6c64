"""Who is told how long, when, and that it ends with the wait; the queue itself is never touched."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent_console.queues.announcer import WaitAnnouncer
from calls.events import Event, EventType
from calls.ports import MemberNow, PbxSnapshot, SpeechError, WaitingNow
from storage.tables import calls
from tests.agent_console.conftest import NOW, TOWN


class Speaker:
    def __init__(self):
        self.said, self.broken = [], False

    async def speak(self, text, language):
        if self.broken:
            raise SpeechError("no voice")
        self.said.append((text, language))
        return Path("/prompts/said/1")


@pytest.fixture
async def announcer(console, monkeypatch):
    made = WaitAnnouncer(replace(console.deps, queues=lambda: TOWN.all_queues), console.app_board(), Speaker())
    made.console, made.speaker = console, made._speaker
    # Not `asyncio.sleep`: that is everybody's, and one that never yields lets the console's own watch spin for ever.
    monkeypatch.setattr("agent_console.queues.announcer._LONGEST_SENTENCE", 0)
    return made


def comes(announcer, linkedid="1.1", queue="operators", language="en"):
    board, now = announcer.console.app_board(), announcer.console.clock()
    board.apply(Event(EventType.CALL_MENU, now, {"linkedid": linkedid, "node": "main", "language": language}))
    board.apply(Event(EventType.CALL_QUEUED, now, {"linkedid": linkedid, "queue": queue, "position": 1}))


def pbx_says(announcer, *waiting):
    members = (MemberNow("operators", "2001", False, "", "in_use"), MemberNow("operators", "2002", True, "", "in_use"))
    announcer.console.pbx.now = PbxSnapshot(NOW, (), waiting, members)


async def told(announcer):
    """Let everybody be told who is due; return the whispers that the PBX was asked for."""
    for call, queue in announcer.due():
        announcer._said_at[call.linkedid] = announcer.console.clock()
        await announcer.announce(call, queue)
    return [done[1] for done in announcer.console.pbx.done if done[0] == "originate"]


async def test_first_after_a_while_then_from_time_to_time(announcer):
    comes(announcer)
    pbx_says(announcer, WaitingNow("1.1", "operators", 2, 0))
    clock = announcer.console.clock
    counts = []
    for _ in range(10):
        clock.forward(seconds=10)
        counts.append(len(await told(announcer)))
    assert counts == [0, 1, 1, 1, 1, 1, 1, 2, 2, 2]
    whisper = announcer.console.pbx.done[1][1]
    assert whisper["variables"] == {"CENTRALA_WAITING": "1.1", "CENTRALA_SOUND": "/prompts/said/1"}
    assert announcer.speaker.said[0] == ("Your place in the queue: two.", "en"), "no conversations yet: no wait said"


async def test_the_wait_comes_from_recent_conversations_and_who_is_at_work(announcer):
    async with announcer.console.deps.database.begin() as connection:
        for number in range(6):
            times = {"arrived_at": NOW, "operator_answered_at": NOW, "ended_at": NOW.replace(minute=2)}
            row = {"linkedid": f"9.{number}", "direction": "inbound", "queue": "operators"} | times
            await connection.execute(calls.insert().values(row))
    comes(announcer)
    pbx_says(announcer, WaitingNow("1.1", "operators", 3, 0))
    announcer.console.clock.forward(seconds=30)
    await told(announcer)
    assert announcer.speaker.said == [("Your place in the queue: three. The expected wait is about six minutes.", "en")]


@pytest.mark.parametrize("queue", ["hungarian", "elsewhere"])
async def test_where_callers_do_not_stay_nothing_is_said(announcer, queue):
    comes(announcer, queue=queue)
    announcer.console.clock.forward(seconds=100)
    assert announcer.due() == []


async def test_who_is_rung_or_served_already_is_not_told(announcer):
    comes(announcer)
    comes(announcer, "1.2")
    announcer.console.clock.forward(seconds=30)
    board = announcer.console.app_board()
    board.apply(Event(EventType.CALL_RINGING, announcer.console.clock(), {"linkedid": "1.1", "operator": "2001"}))
    assert [call.linkedid for call, _ in announcer.due()] == ["1.2"]
    pbx_says(announcer)
    assert await told(announcer) == [], "the PBX has them in the queue no longer"


async def test_it_ends_as_soon_as_an_operator_answers(announcer):
    announcer._whispers["1.1"] = "7.1"
    await announcer.on_event(Event(EventType.CALL_RINGING, NOW, {"linkedid": "1.1"}))
    assert announcer.console.pbx.done == []
    await announcer.on_event(Event(EventType.CALL_ANSWERED, NOW, {"linkedid": "1.1"}))
    assert announcer.console.pbx.done == [("hang_up", "7.1")]


async def test_an_operator_who_answers_while_it_is_placed_ends_it_too(announcer):
    comes(announcer)
    pbx_says(announcer, WaitingNow("1.1", "operators", 1, 0))
    announcer.console.clock.forward(seconds=30)
    [(call, queue)] = announcer.due()
    board = announcer.console.app_board()
    board.apply(Event(EventType.CALL_ANSWERED, announcer.console.clock(), {"linkedid": "1.1", "operator": "2001"}))
    await announcer.announce(call, queue)
    assert announcer.console.pbx.done[-1] == ("hang_up", "1.1")


@pytest.mark.parametrize("trouble", ["voice", "pbx", "database"])
async def test_what_fails_costs_the_sentence_and_nothing_else(announcer, database_down, trouble):
    comes(announcer)
    pbx_says(announcer, WaitingNow("1.1", "operators", 1, 0))
    announcer.console.clock.forward(seconds=30)
    if trouble == "voice":
        announcer.speaker.broken = True
    elif trouble == "pbx":
        announcer.console.pbx.refuse = "not connected"
    else:
        database_down()
    whispers = await told(announcer)
    assert len(whispers) == (trouble == "database"), "without the records the place is said, the wait is not"
