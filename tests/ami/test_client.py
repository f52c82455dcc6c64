import asyncio
import contextlib

import pytest

from ami.client import AmiAccount, AmiClient, AmiError
from tests.fakes.fake_ami import FakeAmi


@contextlib.asynccontextmanager
async def logged_in(fake: FakeAmi, **options):
    client = AmiClient(AmiAccount("127.0.0.1", fake.port, "reader", "s"), **options)
    task = asyncio.create_task(client.run())
    try:
        async with asyncio.timeout(30):
            await client.connected.wait()
        yield client
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition, limit=30.0):
    async with asyncio.timeout(limit):
        while not condition():
            await asyncio.sleep(0.01)


async def test_an_event_in_one_byte_pieces_arrives_whole():
    events = []
    async with FakeAmi() as fake, logged_in(fake, on_event=events.append):
        fake.say("Event: AgentCalled\nLinkedid: 1.2\nInterface: PJSIP/2001\n\n", one_byte_at_a_time=True)
        await until(lambda: events)
    assert events == [{"event": "AgentCalled", "linkedid": "1.2", "interface": "PJSIP/2001", "content": ""}]


async def test_after_a_cut_it_logs_in_again_and_says_so_each_time():
    connected = []

    async def on_connected():
        connected.append(fake.logins)

    lost = []
    async with FakeAmi() as fake, logged_in(fake, on_connected=on_connected, on_lost=lambda: lost.append(1)):
        await until(lambda: connected == [1])
        fake.cut()
        await until(lambda: connected == [1, 2])
    assert lost[0] == 1


@pytest.mark.parametrize("turns", range(6))
async def test_a_stop_that_comes_with_the_cut_is_a_stop(turns):
    async with FakeAmi() as fake:
        client = AmiClient(AmiAccount("127.0.0.1", fake.port, "reader", "s"), ping_interval=0.05)
        task = asyncio.create_task(client.run())
        await until(client.connected.is_set)
        client._protocol.transport.abort()
        for _ in range(turns):
            await asyncio.sleep(0)  # somewhere among these turns of the loop the loss is noticed
        task.cancel()
        await until(task.done)
    assert task.cancelled()


async def test_a_stalled_link_is_noticed_and_replaced():
    async with FakeAmi() as fake, logged_in(fake, ping_interval=0.05, answer_timeout=0.3):
        fake.silent = True
        await until(lambda: any(headers["Action"] == "Ping" for headers in fake.received))
        await until(lambda: len([h for h in fake.received if h["Action"] == "Login"]) >= 2)
        fake.silent = False
        await until(lambda: fake.logins >= 2)


async def test_an_error_answer_is_an_error_with_the_reason():
    async with FakeAmi() as fake, logged_in(fake) as client:
        fake.answers["QueuePause"] = lambda _: "Response: Error\nMessage: Interface not found\n\n"
        with pytest.raises(AmiError, match="Interface not found"):
            await client.send({"Action": "QueuePause"})


async def test_an_action_without_an_answer_fails_in_time():
    async with FakeAmi() as fake, logged_in(fake, ping_interval=60) as client:
        fake.silent = True
        with pytest.raises(AmiError, match="no answer to QueueAdd"):
            await client.send({"Action": "QueueAdd"}, timeout=0.1)


async def test_queue_add_completes_although_its_answer_ends_in_to_queue():
    async with FakeAmi() as fake, logged_in(fake) as client:
        fake.answers["QueueAdd"] = lambda _: "Response: Success\nMessage: Added interface to queue\n\n"
        assert (await client.send({"Action": "QueueAdd"}))[0]["message"] == "Added interface to queue"


@pytest.mark.parametrize("value", ["x\r\nAction: Originate", "x\ny"])
async def test_a_line_end_in_a_value_never_reaches_the_wire(value):
    async with FakeAmi() as fake, logged_in(fake) as client:
        with pytest.raises(AmiError, match="line end in Reason"):
            await client.send({"Action": "QueuePause", "Reason": value})
        assert [headers["Action"] for headers in fake.received] == ["Login"]


async def test_garbage_is_survived():
    events = []
    async with FakeAmi() as fake, logged_in(fake, on_event=events.append) as client:
        fake.say("\n\n: :\nno colon\n\n\x00\xff\nEvent\n\nEvent: FullyBooted\n\n")
        await until(lambda: events)
        assert client.connected.is_set()
    assert events[0]["event"] == "FullyBooted"


async def test_without_a_connection_an_action_fails_at_once():
    client = AmiClient(AmiAccount("127.0.0.1", 1, "reader", "s"))
    with pytest.raises(AmiError, match="no connection"):
        await client.send({"Action": "Ping"})


async def test_a_list_that_is_refused_is_told_at_once():
    async with FakeAmi() as fake, logged_in(fake, answer_timeout=60.0) as client:
        fake.answers["PJSIPShowEndpoints"] = lambda _: "Response: Error\nMessage: Permission denied\n\n"
        with pytest.raises(AmiError, match="Permission denied"):
            async with asyncio.timeout(20):
                await client.send({"Action": "PJSIPShowEndpoints"}, listing=True)
