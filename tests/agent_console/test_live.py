import asyncio
from datetime import timedelta

import pytest
from aiohttp import WSMsgType

from agent_console.call_board import CallBoard, LiveCall
from agent_console.live import LiveHub
from agent_console.live_socket import HUB
from calls.caller import Caller, CallerKind
from calls.events import Event, EventType
from calls.ports import ChannelNow, PbxSnapshot, WaitingNow
from storage import live_event_repository
from tests.agent_console.conftest import NOW
from tests.agent_console.test_calls_api import CALL

LIVE = "/api/v1/live"


def event(kind, **data):
    return Event(kind, NOW, data)


def pop(operator="2001", linkedid=CALL):
    return event(EventType.POP, linkedid=linkedid, operator=operator)


async def connect(console, user="ana", since=None):
    path = LIVE if since is None else f"{LIVE}?since={since}"
    socket = await console.client.ws_connect(path, headers={"Authorization": f"Bearer token-of-{user}"})
    hello = await socket.receive_json(timeout=30)
    assert hello["type"] == "hello"
    return socket


async def test_a_pop_reaches_its_operator_with_what_is_known_and_nobody_else(console):
    ana, boris = await connect(console), await connect(console, "boris")
    board = console.app_board()
    board.note_caller(CALL, Caller.parse("0641234567"), NOW)
    await console.bus.publish(event(EventType.CALL_MENU, linkedid=CALL, node="main", keys="2", language="hu"))
    await console.bus.publish(pop())
    await console.bus.publish(event(EventType.CALL_RINGING, linkedid=CALL, operator="2001"))
    got = [await ana.receive_json(timeout=30) for _ in range(3)]
    assert [one["type"] for one in got] == ["call.menu", "pop", "call.ringing"]
    assert got[1]["data"]["caller"]["shown"] == "064 123 45 67"
    assert got[1]["data"]["language"] == "hu"
    assert got[1]["data"]["menu"] == [{"node": "main", "keys": "2"}]
    others = [await boris.receive_json(timeout=30) for _ in range(2)]
    assert [one["type"] for one in others] == ["call.menu", "call.ringing"]


async def test_the_stored_pop_has_no_number(console):
    hub = console.app[HUB]
    hub.board.note_caller(CALL, Caller.parse("0641234567"), NOW)
    hub.take(pop())
    assert await hub.store.store_batch()
    async with console.deps.database.read() as connection:
        stored = await live_event_repository.since(connection, 0)
    assert stored[0][1].data == {"linkedid": CALL, "operator": "2001"}


async def test_numbers_rise_strictly_even_when_the_clock_stands_or_falls(console):
    hub = console.app[HUB]
    frames = [hub.take(pop()) for _ in range(3)]
    console.clock.forward(hours=-1)
    frames.append(hub.take(pop()))
    numbers = [frame.seq for frame in frames]
    assert numbers == sorted(set(numbers))


async def test_a_client_that_was_away_gets_what_it_missed(console):
    hub = console.app[HUB]
    first = hub.take(event(EventType.CALL_ARRIVED, linkedid=CALL, did="311")).seq
    second = hub.take(event(EventType.CALL_ENDED, linkedid=CALL, outcome="operator")).seq
    socket = await connect(console, since=first)
    assert (await socket.receive_json(timeout=30))["seq"] == second


async def test_a_restarted_console_replays_from_the_database(console):
    before = console.app[HUB]
    numbers = [before.take(event(EventType.CALL_ARRIVED, linkedid=f"c-1.{index}", did="311")).seq for index in range(3)]
    assert await before.store.store_batch()
    after = LiveHub(console.deps.database, console.bus, CallBoard(), console.clock)
    after.last_seq = await after.store.last_seq()
    newest = after.take(event(EventType.CALL_ARRIVED, linkedid="c-1.9", did="311")).seq
    frames = await after.replay(after.join("operator", "2001"), numbers[0], after.last_seq)
    assert [frame.seq for frame in frames] == [*numbers[1:], newest]


async def test_live_goes_on_while_the_database_is_down_and_is_stored_afterwards(console, database_down, monkeypatch):
    socket = await connect(console)
    with monkeypatch.context():
        database_down()
        await console.bus.publish(event(EventType.CALL_ARRIVED, linkedid=CALL, did="311"))
        assert (await socket.receive_json(timeout=30))["type"] == "call.arrived"
        assert not await console.app[HUB].store.store_batch()
        assert len(console.app[HUB].store) == 1
    monkeypatch.undo()
    assert await console.app[HUB].store.store_batch()
    assert len(console.app[HUB].store) == 0


async def test_a_client_that_does_not_read_is_cut_and_the_others_are_not(console):
    hub = console.app[HUB]
    slow, quick = hub.join("operator", "2001"), hub.join("operator", "2002")
    for index in range(1200):
        hub.take(event(EventType.CALL_ARRIVED, linkedid=f"c-1.{index}", did="311"))
        quick.queue.get_nowait()
    assert slow.cut
    assert slow.queue.get_nowait() is None
    assert not quick.cut


@pytest.mark.parametrize("user", ["vodovod", "ekipa"])
async def test_those_outside_the_wall_see_no_events(console, user):
    response = await console.ask("GET", LIVE, user=user)
    assert response.status == 403


async def test_a_closed_browser_is_forgotten(console):
    socket = await connect(console)
    assert console.app[HUB].clients == 1
    await socket.close()
    async with asyncio.timeout(30):
        while console.app[HUB].clients:
            await asyncio.sleep(0)


async def test_the_end_of_the_console_does_not_wait_for_browsers(console):
    socket = await connect(console)
    await console.app.shutdown()
    message = await socket.receive(timeout=30)
    assert message.type is WSMsgType.CLOSE
    assert message.data == 1013


def test_the_board_agrees_with_the_pbx_after_a_reconnect():
    board = CallBoard()
    for linkedid in ("c-1.1", "c-1.2"):
        board.apply(event(EventType.CALL_ARRIVED, linkedid=linkedid, did="311"))
    channel = ChannelNow("c-1.2", "c-1.2", "PJSIP/trunk-1", "Up", "Queue", 30)
    gone = board.adopt(PbxSnapshot(NOW, (channel,), (WaitingNow("c-1.2", "operators", 1, 20),), ()))
    assert gone == ("c-1.1",)
    assert [call.linkedid for call in board.waiting()] == ["c-1.2"]
    assert [call.linkedid for call in board.active()] == ["c-1.2"]


def test_the_board_of_a_restarted_console_knows_who_talks_and_who_rings():
    board = CallBoard()
    channels = [
        ChannelNow("c-1.1", "c-1.1", "PJSIP/trunk-1", "Up", "Queue", 90),
        ChannelNow("c-1.2", "c-1.1", "PJSIP/2001-00000002", "Up", "AppQueue", 40),
        ChannelNow("c-2.1", "c-2.1", "PJSIP/trunk-2", "Up", "Queue", 30),
        ChannelNow("c-2.2", "c-2.1", "PJSIP/2002-00000003", "Ringing", "AppQueue", 4),
        ChannelNow("c-3.1", "c-3.1", "PJSIP/2003-00000004", "Up", "Echo", 9),
    ]
    snapshot = PbxSnapshot(NOW, tuple(channels), (), ())
    assert board.unknown(snapshot) == ("c-1.1", "c-2.1", "c-3.1")
    arrived = NOW - timedelta(seconds=95)
    caller = Caller(CallerKind.NUMBER, "+381641234567")
    board.recall(LiveCall("c-1.1", arrived, did="311", caller=caller, menu=(("main", "2"),)))
    board.adopt(snapshot)
    talking, ringing = board.of_operator("2001"), board.of_operator("2002")
    assert (talking.linkedid, talking.arrived_at, talking.menu) == ("c-1.1", arrived, (("main", "2"),))
    assert talking.answered_at == NOW - timedelta(seconds=40)
    assert (ringing.linkedid, ringing.operator, ringing.ringing) == ("c-2.1", "", "2002")
    assert board.of_operator("2003") is None, "an echo test is nobody's call"
    assert board.unknown(snapshot) == ("c-2.1", "c-3.1")


def test_a_held_caller_does_not_wait_on_the_board_of_a_restarted_console():
    board = CallBoard()
    channels = (
        ChannelNow("c-1.1", "c-1.1", "PJSIP/trunk-1", "Up", "MusicOnHold", 90, place="call-control,hold"),
        ChannelNow("c-1.2", "c-1.1", "PJSIP/2001-00000002", "Up", "Wait", 40, place="call-control,holding"),
    )
    queued = NOW - timedelta(seconds=60)
    board.recall(LiveCall("c-1.1", NOW - timedelta(seconds=90), queue="operators", queued_at=queued))
    board.adopt(PbxSnapshot(NOW, channels, (), ()))
    call = board.of_operator("2001")
    assert (call.linkedid, call.held, call.waiting) == ("c-1.1", "desk", False)
    assert call.answered_at == NOW - timedelta(seconds=40)
    assert board.waiting() == ()


def test_what_was_heard_since_counts_more_than_what_is_remembered():
    board = CallBoard()
    board.apply(pop())
    board.recall(LiveCall(CALL, NOW - timedelta(seconds=9), did="311", queue="operators"))
    call = board.of_operator("2001")
    assert (call.did, call.arrived_at, call.ringing) == ("311", NOW - timedelta(seconds=9), "2001")


def test_the_board_is_bounded_and_forgets_ended_calls_first():
    board = CallBoard()
    board.apply(event(EventType.CALL_ARRIVED, linkedid="kept", did="311"))
    for index in range(4100):
        board.apply(event(EventType.CALL_ARRIVED, linkedid=f"c-{index}", did="311"))
        board.apply(event(EventType.CALL_ENDED, linkedid=f"c-{index}", outcome="operator"))
    assert len(board.calls) <= 4000
    assert "kept" in board.calls


def test_an_unanswered_ring_leaves_the_operators_screen():
    board = CallBoard()
    board.apply(pop())
    assert board.of_operator("2001").linkedid == CALL
    board.apply(event(EventType.CALL_MISSED_BY, linkedid=CALL, operator="2001"))
    assert board.of_operator("2001") is None


def test_a_chosen_language_is_no_step_of_the_menu_path():
    board = CallBoard()
    board.apply(event(EventType.CALL_MENU, linkedid=CALL, node="language", keys="2", language=None))
    board.apply(event(EventType.CALL_MENU, linkedid=CALL, node=None, keys=None, language="en"))
    board.apply(event(EventType.CALL_MENU, linkedid=CALL, node="main", keys="2", language="en"))
    assert board.calls[CALL].menu == (("language", "2"), ("main", "2"))
    assert board.calls[CALL].language == "en"
