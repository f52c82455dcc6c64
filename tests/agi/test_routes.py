"""The staff's routes, the urgent notice and orders read out; and that every route is where its name says."""

import asyncio
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from agi.route_table import route_table
from calls.channel_variables import AgiRoute
from calls.journal_entries import EntryKind
from calls.ports import OrderToRead
from cases.queues import TownQueue
from tests.fakes.fake_asterisk import TOKEN, Caller, call, header


async def dial(port: int, route: str, subject: str, caller: Caller, *, resume: bool = False) -> None:
    await call(port, header(route, TOKEN, "resume" if resume else "", subject, callerid="2001"), caller)


def names_heard(caller: Caller) -> list[str]:
    return [Path(sound).name for sound in caller.heard]


def test_a_route_is_a_file_a_function_and_a_name(switchboard):
    routes = route_table(switchboard.needs)

    assert set(routes) == set(AgiRoute.ALL)
    for name in AgiRoute.ALL:
        module = import_module(f"agi.routes.{name}")
        assert callable(getattr(module, name))
        assert "on_failure = " in (module.__doc__ or "")


async def test_a_notice_is_recorded_and_then_heard_by_the_next_caller(switchboard):
    staff = Caller(["2580"], recorded_seconds=4)
    async with switchboard.running() as port:
        await dial(port, AgiRoute.NOTICE, "on", staff)
        citizen = Caller(["1", "0"])
        await call(port, header("inbound", TOKEN, "", "311", uniqueid="1700000000.2"), citizen)

    urgent = switchboard.needs.notice.current()
    assert urgent is not None
    assert Path(f"{urgent.sound}.ulaw").exists()
    assert names_heard(staff)[-1] == "notice.saved"
    assert staff.variables == {"IVR_DONE": "hangup"}
    assert switchboard.facts(EntryKind.NOTICE_CHANGED)[0].data["active"] is True
    assert bytes(16000) in Path(f"{citizen.heard[1]}.ulaw").read_bytes()


async def test_a_notice_is_switched_off(switchboard):
    switchboard.needs.notice.switch_on(texts={"sr": "x"})
    staff = Caller(["2580"])
    async with switchboard.running() as port:
        await dial(port, AgiRoute.NOTICE, "off", staff)

    assert switchboard.needs.notice.current() is None
    assert names_heard(staff)[-1] == "notice.off"
    assert switchboard.facts(EntryKind.NOTICE_CHANGED)[0].data["active"] is False


@pytest.mark.parametrize("subject", ["on", "off"])
async def test_without_the_pin_the_notice_stays(switchboard, subject):
    switchboard.needs.notice.switch_on(texts={"sr": "x"})
    before = switchboard.needs.notice.current()
    staff = Caller(["1111", "2222", "3333"])
    async with switchboard.running() as port:
        await dial(port, AgiRoute.NOTICE, subject, staff)

    assert switchboard.needs.notice.current() == before
    assert switchboard.facts(EntryKind.NOTICE_CHANGED) == []
    assert staff.variables == {"IVR_DONE": "hangup"}


async def test_an_empty_recording_is_no_notice(switchboard):
    staff = Caller(["2580"], recorded_seconds=0.2)
    async with switchboard.running() as port:
        await dial(port, AgiRoute.NOTICE, "on", staff)

    assert switchboard.needs.notice.current() is None
    assert names_heard(staff)[-1] == "notice.nothing_recorded"


async def test_a_disk_that_takes_no_notice_is_said(switchboard):
    class Full:
        async def append(self, *entries):
            raise OSError(28, "No space left on device")

        def entries_of(self, linkedid):
            return ()

    staff = Caller(["2580"])
    async with switchboard.running(journal=Full()) as port:
        await dial(port, AgiRoute.NOTICE, "on", staff)

    assert names_heard(staff)[-1] == "notice.failed"
    assert switchboard.needs.notice.current() is None


@pytest.fixture
def order(switchboard, tmp_path):
    sound = tmp_path / "order-sound"
    sound.with_suffix(".ulaw").write_bytes(b"THE ORDER")
    switchboard.needs.orders.put("order-1", OrderToRead("hu", (sound, sound), 3))
    return "order-1"


@pytest.mark.parametrize(
    ("keys", "outcome", "said"),
    [
        (["1"], "acknowledged", "order.taken"),
        (["9", "9", "1"], "acknowledged", "order.taken"),
        (["2"], "more_time", "order.more_time"),
        (["7", "3"], "handed_over", "order.handed_over"),
        (["7", "7"], "wrong_key", "order.no_key"),
        (["", ""], "no_key", "order.no_key"),
    ],
)
async def test_the_key_that_answers_an_order_is_journalled_before_it_is_confirmed(
    switchboard, order, keys, outcome, said
):
    answered_when: list[int] = []
    crew = Caller(list(keys), patient=True)
    crew.on_command = lambda words: answered_when.append(len(switchboard.facts(EntryKind.ORDER_ANSWERED)))
    async with switchboard.running() as port:
        await dial(port, AgiRoute.ORDER, order, crew)

    (answer,) = switchboard.facts(EntryKind.ORDER_ANSWERED)
    assert answer.data == {"order": "order-1", "attempt": 3, "keys": "".join(keys), "outcome": outcome}
    assert crew.heard[-1].endswith(f"/hu/{said}")
    assert answered_when[crew.commands.index(["STREAM", "FILE", crew.heard[-1], ""])] == 1
    assert Path(f"{crew.heard[0]}.ulaw").read_bytes().count(b"THE ORDER") == 2


async def test_a_crew_that_hangs_up_has_not_taken_the_order(switchboard, order):
    async with switchboard.running() as port:
        await dial(port, AgiRoute.ORDER, order, Caller([]))
        async with asyncio.timeout(30):
            while not switchboard.facts(EntryKind.ORDER_ANSWERED):
                await asyncio.to_thread(lambda: None)

    assert switchboard.facts(EntryKind.ORDER_ANSWERED)[0].data["outcome"] == "no_key"


async def test_an_answered_order_is_not_read_again_by_the_second_server(switchboard, order):
    again = Caller([], patient=True)
    async with switchboard.running() as port:
        await dial(port, AgiRoute.ORDER, order, Caller(["1"]))
        await dial(port, AgiRoute.ORDER, order, again, resume=True)

    assert again.heard == []
    assert again.variables == {"IVR_DONE": "hangup"}
    assert len(switchboard.facts(EntryKind.ORDER_ANSWERED)) == 1


@pytest.mark.parametrize("subject", ["unknown", "../../etc/passwd", ""])
async def test_an_order_that_does_not_exist_is_never_acknowledged(switchboard, subject, caplog):
    crew = Caller(["1"], patient=True)
    async with switchboard.running() as port:
        await dial(port, AgiRoute.ORDER, subject, crew)

    assert crew.heard == []
    assert switchboard.facts(EntryKind.ORDER_ANSWERED) == []
    assert "the route failed" in caplog.text


def put_alarm(switchboard) -> None:
    replies = {}
    for name in ("acknowledged", "handed_over", "no_key", "wrong_key"):
        replies[name] = switchboard.home / name
        replies[name].with_suffix(".ulaw").write_bytes(b"\xff" * 800)
    said = switchboard.home / "alarm-said"
    said.with_suffix(".ulaw").write_bytes(b"\xff" * 800)
    switchboard.needs.orders.put("alarm-1", OrderToRead("sr", (said,), 7, replies))


@pytest.mark.parametrize(
    ("keys", "outcome", "pressed"),
    [
        (["1"], "acknowledged", "1"),
        (["3"], "handed_over", "3"),
        (["9", "5", "1"], "acknowledged", "951"),
        (["", ""], "no_key", ""),
        (["5", "5"], "no_key", "55"),
    ],
)
async def test_an_alarm_is_taken_by_a_key_that_is_on_the_disk_before_it_is_confirmed(
    switchboard, keys, outcome, pressed
):
    put_alarm(switchboard)
    duty = Caller(keys)
    async with switchboard.running() as port:
        await dial(port, AgiRoute.ALARM, "alarm-1", duty)
    (answer,) = switchboard.facts(EntryKind.ALARM_ANSWERED)
    assert answer.data == {"alarm": "alarm-1", "attempt": 7, "keys": pressed, "outcome": outcome}
    assert names_heard(duty)[-1] == outcome
    assert duty.variables == {"IVR_DONE": "hangup"}


async def to_operator(switchboard, keys, **changes):
    citizen = Caller(list(keys))
    async with switchboard.running(**changes) as port:
        await call(port, header("inbound", TOKEN, "", "311", uniqueid="1700000000.3"), citizen)
    return citizen.variables


def with_queues(switchboard, **changes):
    queues = (TownQueue(name="operators"), TownQueue(name="hungarian", languages=("hu",)))
    town = replace(switchboard.needs.town(), queues=queues, **changes)
    return lambda: town


async def test_language_chooses_the_queue(switchboard):
    town = with_queues(switchboard)
    assert (await to_operator(switchboard, "30", town=town))["CENTRALA_QUEUE"] == "hungarian"
    assert "CENTRALA_QUEUE" not in await to_operator(switchboard, "10", town=town), "the dialplan knows the general one"
