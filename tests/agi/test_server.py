import asyncio
import logging
import socket

import pytest

from agi.channel import AgiChannel
from agi.server import AgiServer, ServerLimits
from tests.agi.conftest import serving
from tests.fakes.fake_asterisk import TOKEN, USAGE, Caller, always, call, header

PATIENT = ServerLimits(header_time=60, drain_time=60, connections=20)
SOON_CLOSED = ServerLimits(header_time=2, drain_time=60, connections=20)
"""Long enough for a whole header on a machine that does something else, too."""
SOON_DRAINED = ServerLimits(header_time=60, drain_time=0.3, connections=20)


async def greet(channel: AgiChannel) -> None:
    await channel.command("NOOP", channel.fields["callerid"])
    await channel.command("SET VARIABLE", "IVR_DONE", "queue")


def server(route=greet, limits: ServerLimits = PATIENT) -> AgiServer:
    return AgiServer({"inbound": route}, TOKEN, limits)


async def is_served(port: int) -> bool:
    caller = Caller()
    await call(port, header("inbound", TOKEN), caller)
    return caller.variables == {"IVR_DONE": "queue"}


async def read_to_end(port: int, data: bytes = b"") -> bytes:
    """Send, then wait until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        await writer.drain()
        return await asyncio.wait_for(reader.read(), 30)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("piece", [0, 1])
async def test_a_call_is_served_whatever_the_size_of_the_pieces(piece):
    async with serving(server()) as port:
        commands = await call(port, header("inbound", TOKEN), always(b"100 Trying...\n200 result=1\n"), piece=piece)

    assert commands == [["NOOP", "0641234567"], ["SET", "VARIABLE", "IVR_DONE", "queue"]]


@pytest.mark.parametrize(
    ("opening", "reason"),
    [
        (header("inbound", "wrong"), "wrong token"),
        (header("inbound"), "wrong token"),
        (header("nowhere", TOKEN), "no route 'nowhere'"),
        (header("../../etc/passwd", TOKEN), "no route"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "not AGI"),
        (b"\n\n", "empty header"),
        (b"agi_x: " + b"a" * (1 << 20), "a line of more than"),
        (b"".join(b"agi_arg_%d: %s\n" % (number, b"a" * 1000) for number in range(1000)), "a header of more than"),
        (b"agi_network: yes\n", "no complete header in time"),
    ],
    ids=["token", "no token", "route", "path", "http", "empty", "1 MB line", "1 MB header", "half a header"],
)
async def test_a_stranger_is_closed_with_one_line_and_others_are_served(opening, reason, caplog):
    caplog.set_level(logging.INFO)
    limits = SOON_CLOSED if "in time" in reason else PATIENT
    async with serving(server(limits=limits)) as port:
        answers = await asyncio.gather(read_to_end(port, opening), is_served(port))

    assert answers == [b"", True]
    assert len([record for record in caplog.records if reason in record.getMessage()]) == 1


async def test_connect_and_close_does_not_disturb_the_server():
    async with serving(server()) as port:
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", port)):
                pass
        assert await is_served(port)


async def test_a_slow_loris_holds_nobody_up():
    async with serving(server(limits=SOON_CLOSED)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"agi_")
        assert await is_served(port)
        assert await asyncio.wait_for(reader.read(), 30) == b""
        writer.close()


async def test_connections_beyond_the_limit_are_refused_and_room_is_made_again():
    async with serving(server(limits=ServerLimits(header_time=60, connections=3))) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        assert not await is_served(port)
        for _, writer in idle:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(30):
            while not await is_served(port):
                pass


async def test_peers_that_are_not_allowed_are_closed():
    guarded = AgiServer({"inbound": greet}, TOKEN, PATIENT, allowed_peers=frozenset({"192.0.2.1"}))
    async with serving(guarded) as port:
        assert not await is_served(port)


@pytest.mark.parametrize(
    ("reply", "level"),
    [
        (None, logging.INFO),
        (b"511 Command Not Permitted on a dead channel or intercept routine\n", logging.INFO),
        (b"HANGUP\n200 result=-1\n", logging.INFO),
        (b"200 result=0\nHANGUP\n", logging.INFO),
        (b"510 Invalid or unknown command\n", logging.ERROR),
        (USAGE, logging.ERROR),
        (b"520 Invalid command syntax.\n", logging.ERROR),
    ],
    ids=["EOF", "511", "hangup before", "hangup after", "510", "520 lines", "520"],
)
async def test_how_a_call_can_end_is_said_once_and_is_never_ivr_done(reply, level, caplog):
    caplog.set_level(logging.INFO)
    async with serving(server()) as port:
        commands = await call(port, header("inbound", TOKEN), always(reply))
        assert await is_served(port)

    assert ["SET", "VARIABLE", "IVR_DONE", "queue"] not in commands
    ends = [record for record in caplog.records if record.name == "agi.server"]
    assert [record.levelno for record in ends] == [level]
    assert "0641234567" not in caplog.text


async def test_a_fault_in_one_call_leaves_the_others_alone(caplog):
    async def faulty(channel: AgiChannel) -> None:
        if channel.fields["callerid"] == "bad":
            raise KeyError("a mistake of ours")
        await greet(channel)

    async with serving(server(faulty)) as port:
        commands, served = await asyncio.gather(
            call(port, header("inbound", TOKEN, callerid="bad"), always(b"200 result=0\n")), is_served(port)
        )

    assert commands == []
    assert served
    assert caplog.text.count("the route failed") == 1


async def test_a_pbx_that_does_not_answer_is_given_up(monkeypatch, caplog):
    monkeypatch.setattr("agi.channel.REPLY_MARGIN_S", 0.05)
    async with serving(server()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(header("inbound", TOKEN))
        heard = await asyncio.wait_for(reader.read(), 30)
        writer.close()

    assert heard == b'NOOP "0641234567"\n'
    assert "no reply to NOOP" in caplog.text


async def test_a_drain_lets_calls_finish_and_accepts_no_more():
    going_on, stop = asyncio.Event(), asyncio.Event()
    in_the_menu = asyncio.Event()

    async def menu(channel: AgiChannel) -> None:
        in_the_menu.set()
        await going_on.wait()
        await greet(channel)

    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    caller = Caller()
    async with asyncio.TaskGroup() as group:
        group.create_task(server(menu, ServerLimits(drain_time=30)).serve("127.0.0.1", 0, stop, port.set_result))
        talking = group.create_task(call(await port, header("inbound", TOKEN), caller))
        await in_the_menu.wait()
        stop.set()
        async with asyncio.timeout(30):
            while True:
                try:
                    (await asyncio.open_connection("127.0.0.1", await port))[1].close()
                except ConnectionRefusedError:
                    break
        going_on.set()
        await talking

    assert caller.variables == {"IVR_DONE": "queue"}


async def test_a_drain_has_an_end():
    async def endless(channel: AgiChannel) -> None:
        while True:
            await channel.command("NOOP")

    async with serving(server(endless, SOON_DRAINED)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(header("inbound", TOKEN))
        assert await reader.readline() == b"NOOP\n"
    assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()
