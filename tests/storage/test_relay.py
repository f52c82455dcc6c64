import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from calls.ids import CaseNumber
from calls.journal_entries import EntryKind, JournalEntry
from cases.intake import Intake
from storage import (
    alarm_repository,
    call_repository,
    case_repository,
    missed_repository,
    order_repository,
    recording_repository,
)
from storage.callback_repository import open_callbacks
from storage.database import Database, DatabaseDown
from storage.journal_lines import encode_line
from storage.journal_reader import JournalReader
from storage.relay import Relay
from storage.tables import call_steps, metadata
from storage.tailing import run_tail
from tests.alarms_said import on_pages

NUMBER = "+381641234567"
CASE = CaseNumber.mint(2026, 1, 7)
LEFT_MESSAGE = [
    (EntryKind.CALL_ARRIVED, {"caller": "064 1234567", "did": "311", "uniqueid": "1.1", "recording": "1.1"}),
    (EntryKind.SESSION, {"session": {"secret": "1234"}}),
    (EntryKind.LANGUAGE_CHOSEN, {"language": "hu"}),
    (EntryKind.MENU_STEP, {"flow": "inbound", "node": "main", "keys": "2", "language": "hu"}),
    (EntryKind.QUEUED, {"queue": "operators", "language": "hu"}),
    (
        EntryKind.CASE_CREATED,
        {
            "case": CASE.digits,
            "pin_hash": "f" * 64,
            "kind": "request",
            "service_code": None,
            "description": "",
            "channel": "phone",
            "language": "hu",
            "audio": "messages/2026-11-22/1.1-0900.wav",
            "caller": "064 1234567",
        },
    ),
    (EntryKind.MESSAGE_LEFT, {"audio": "messages/2026-11-22/1.1-0900.wav", "seconds": 7.5, "case": CASE.digits}),
    (EntryKind.FLOW_ENDED, {"destination": "hangup", "reason": "done"}),
]


class Rules:
    def intake(self, service_code, at):
        return Intake("vodovod" if service_code == "burst_main" else "city", at + timedelta(hours=48))


class Rig:
    """A relay over a journal folder that the test writes."""

    def __init__(self, folder, database, identity, clock):
        self.folder = folder
        self.clock = clock
        self.events = []
        self.steps = {}
        self.relay = Relay(JournalReader(folder), database, identity, Rules(), self.publish, clock)

    async def publish(self, event):
        self.events.append((event.type.value, dict(event.data)))

    def journal(self, facts, linkedid="1.1", node=1, tail=b"", first=None):
        segment = self.folder / str(node) / "000001.jsonl"
        segment.parent.mkdir(parents=True, exist_ok=True)
        with segment.open("ab") as file:
            for kind, data in facts:
                step = self.steps[linkedid] = first or self.steps.get(linkedid, 0) + 1
                at = self.clock() + timedelta(seconds=step)
                file.write(encode_line(JournalEntry(linkedid, step, kind, at, node, data)))
                first = None
            file.write(tail)


@pytest.fixture
def rig(tmp_path, database, identity, clock):
    return Rig(tmp_path / "journal", database, identity, clock)


async def test_a_message_becomes_a_case_with_owner_deadline_and_audio(rig, database, identity, now):
    rig.journal(LEFT_MESSAGE)
    await rig.relay.catch_up()
    async with database.read() as connection:
        call = await call_repository.get(connection, "1.1")
        case = await case_repository.get(connection, CASE)
        lines = await case_repository.timeline(connection, CASE)
        sounds = await recording_repository.of_call(connection, "1.1")
        steps = await call_repository.steps(connection, "1.1")
        mine = await case_repository.cases_of_caller(connection, identity.token_of(NUMBER))
    assert (call.did, call.language, call.queue, call.case_number) == ("311", "hu", "operators", CASE.digits)
    assert (call.caller_kind, call.caller_token) == ("number", identity.token_of(NUMBER))
    assert (case.status, case.owner, case.language, case.due_at - case.created_at) == (
        "received",
        "city",
        "hu",
        timedelta(hours=48),
    )
    assert [line.kind for line in lines] == ["created", "message"]
    assert lines[1].data["recording"] == "1.1-0900"
    assert [(one.id, one.kind, one.path, one.seconds) for one in sounds] == [
        ("1.1", "call", "calls/incoming/1.1.wav", None),
        ("1.1-0900", "message", "messages/2026-11-22/1.1-0900.wav", 7.5),
    ]
    assert [step.kind for step in steps] == [kind for kind, _ in LEFT_MESSAGE if kind is not EntryKind.SESSION]
    assert [case.number for case in mine] == [CASE]
    assert (await identity.reporter_of(CASE)).number == NUMBER


async def test_nothing_that_identifies_reaches_the_main_database(rig, database):
    rig.journal(LEFT_MESSAGE)
    rig.journal([(EntryKind.MENU_STEP, {"flow": "status", "node": "ask_pin", "keys": "1234"})])
    await rig.relay.catch_up()
    stored = []
    async with database.read() as connection:
        for table in metadata.sorted_tables:
            stored += [str(dict(row)) for row in (await connection.execute(select(table))).mappings()]
    whole = "\n".join(stored)
    assert "1234567" not in whole
    assert "1234" not in whole.replace(CASE.digits, "")


async def test_replaying_the_whole_journal_changes_nothing(rig, tmp_path, database, identity, clock):
    rig.journal(LEFT_MESSAGE)
    await rig.relay.catch_up()
    # A copy of the journal under another name has no stored position: every fact comes a second time.
    (tmp_path / "journal").rename(tmp_path / "restored")
    again = Rig(tmp_path / "restored", database, identity, clock)
    before = await whole_database(database)
    await again.relay.catch_up()
    after = await whole_database(database)
    assert {name: rows for name, rows in after.items() if name != "read_positions"} == {
        name: rows for name, rows in before.items() if name != "read_positions"
    }
    assert again.events == []


async def test_new_facts_among_replayed_ones_are_stored_once_each(rig, tmp_path, database, identity, clock):
    rig.journal(LEFT_MESSAGE)
    await rig.relay.catch_up()
    (tmp_path / "journal").rename(tmp_path / "restored")
    again = Rig(tmp_path / "restored", database, identity, clock)
    other = CaseNumber.mint(2026, 1, 8)
    opened = {name: value for name, value in LEFT_MESSAGE[5][1].items() if name != "audio"} | {"case": other.digits}
    again.journal([LEFT_MESSAGE[0], (EntryKind.CASE_CREATED, opened)], linkedid="1.2")
    await again.relay.catch_up()
    async with database.read() as connection:
        assert len(await case_repository.timeline(connection, CASE)) == 2
        assert [line.kind for line in await case_repository.timeline(connection, other)] == ["created"]
        assert (await call_repository.get(connection, "1.2")).case_number == other.digits
    assert [data["case"] for _, data in again.events] == [other.digits]


async def whole_database(database):
    async with database.read() as connection:
        return {
            table.name: [dict(row) for row in (await connection.execute(select(table))).mappings()]
            for table in metadata.sorted_tables
        }


async def test_a_torn_last_line_waits_for_its_end(rig, database):
    rig.journal(LEFT_MESSAGE[:1])
    line = encode_line(JournalEntry("1.1", 2, EntryKind.MENU_STEP, rig.clock(), 1, {"node": "main"}))
    rig.journal([], tail=line[:20])
    await rig.relay.catch_up()
    async with database.read() as connection:
        assert len(await call_repository.steps(connection, "1.1")) == 1
    rig.journal([], tail=line[20:])
    await rig.relay.catch_up()
    async with database.read() as connection:
        assert len(await call_repository.steps(connection, "1.1")) == 2


async def test_two_servers_that_count_from_the_same_step_lose_no_fact(rig, database):
    rig.journal(LEFT_MESSAGE[:3], node=1)
    rig.clock.forward(seconds=30)
    rig.journal(LEFT_MESSAGE[5:], node=2, first=2)
    for _ in range(2):
        await rig.relay.catch_up()
    async with database.read() as connection:
        steps = await call_repository.steps(connection, "1.1")
        assert await case_repository.get(connection, CASE) is not None
    assert sorted(step.kind for step in steps) == sorted(
        kind for kind, _ in [LEFT_MESSAGE[0], LEFT_MESSAGE[2], *LEFT_MESSAGE[5:]]
    )


async def test_the_board_hears_of_steps_without_sql_and_once(rig, tmp_path, identity, clock):
    down = Database("sqlite:////nonexistent/x.db")
    rig.relay = Relay(JournalReader(rig.folder), down, identity, Rules(), rig.publish, clock)
    await rig.relay.announce_step()
    rig.journal(LEFT_MESSAGE[:4])
    await rig.relay.announce_step()
    await rig.relay.announce_step()
    await down.close()
    assert [kind for kind, _ in rig.events] == ["call.arrived", "call.menu", "call.menu"]
    assert rig.events[0][1] == {"linkedid": "1.1", "did": "311"}


async def test_case_is_announced_after_it_is_stored(rig):
    rig.journal(LEFT_MESSAGE)
    await rig.relay.step()
    assert [kind for kind, _ in rig.events] == ["case.changed", "call.recorded"]


async def test_an_outage_loses_nothing_and_the_backlog_is_measured(rig, tmp_path, identity, clock):
    late = Database(f"sqlite:///{tmp_path}/late/centrala.db")
    relay = Relay(JournalReader(rig.folder), late, identity, Rules(), rig.publish, clock)
    rig.journal(LEFT_MESSAGE)
    with pytest.raises(DatabaseDown):
        await relay.step()
    tail = asyncio.ensure_future(run_tail("relay", relay.step, interval=0.01))
    await late.migrate()
    async with asyncio.timeout(30):
        while True:
            async with late.read() as connection:
                if await case_repository.get(connection, CASE) is not None:
                    break
            await asyncio.sleep(0.02)
    tail.cancel()
    with pytest.raises(asyncio.CancelledError):
        await tail
    await late.close()
    assert relay.backlog_bytes == 0


async def test_one_bad_fact_raises_an_alarm_and_holds_up_nobody(rig, database):
    bad = dict(LEFT_MESSAGE[5][1], case="12345678")
    rig.journal([LEFT_MESSAGE[0], (EntryKind.CASE_CREATED, bad), (EntryKind.MESSAGE_LEFT, {"audio": "../../etc/x"})])
    rig.journal(LEFT_MESSAGE, linkedid="1.2")
    await rig.relay.catch_up()
    async with database.read() as connection:
        alarms = await alarm_repository.active_alarms(connection)
        assert await case_repository.get(connection, CASE) is not None
        assert len(await call_repository.steps(connection, "1.1")) == 3
    assert sorted(alarm.id for alarm in alarms) == ["journal:1.1:2", "journal:1.1:3"]
    assert sorted(on_pages(alarm)[0] for alarm in alarms)[0] == "Podatak iz poziva nije sačuvan: 1.1:2."


@pytest.mark.parametrize(
    ("presented", "kind"), [("anonymous", "withheld"), ("2003", "internal"), ("<script>'\"${X}", "invalid")]
)
async def test_what_is_no_number_is_a_kind_and_nothing_else(rig, database, presented, kind):
    rig.journal([(EntryKind.CALL_ARRIVED, {"caller": presented, "did": "311"})])
    await rig.relay.catch_up()
    async with database.read() as connection:
        call = await call_repository.get(connection, "1.1")
        (step,) = await call_repository.steps(connection, "1.1")
    assert (call.caller_kind, call.caller_token) == (kind, None)
    assert step.data == {"did": "311", "caller_kind": kind}


async def test_keys_of_an_order_call_end_its_attempt(rig, database, new_case, clock):
    async with database.begin() as connection:
        await case_repository.create(connection, new_case())
        await order_repository.create(
            connection,
            order_id="o1",
            case_number=new_case().number,
            organisation="vodovod",
            crew="e1",
            language="sr",
            sentences=["x"],
            created_by="a",
            now=clock(),
            idempotency_key="k",
        )
        await order_repository.start_attempt(connection, "o1", path="crew_phone", target="t", now=clock())
    answered = {"order": "o1", "attempt": 1, "keys": "1", "outcome": "acknowledged"}
    rig.journal([(EntryKind.ORDER_ANSWERED, answered)])
    await rig.relay.catch_up()
    async with database.read() as connection:
        (attempt,) = await order_repository.attempts(connection, "o1")
    assert (attempt.outcome, attempt.keys) == ("acknowledged", "1")


async def test_more_facts_than_one_batch_holds_are_all_moved(rig, database):
    for call in range(200):
        rig.journal([(EntryKind.MENU_STEP, {"node": "main", "keys": "1"})] * 5, linkedid=f"2.{call}")
    await rig.relay.catch_up()
    async with database.read() as connection:
        stored = (await connection.execute(select(call_steps.c.step))).all()
        _, missed = await missed_repository.search(connection)
    assert (len(stored), missed, rig.relay.backlog_bytes) == (1000, 0, 0)


async def test_a_wish_to_be_called_back_becomes_one_row_without_a_number(rig, database):
    wish = {"caller": NUMBER, "queue": "operators", "queued_at": 1795713610, "priority": 0, "language": "hu"}
    rig.journal([(EntryKind.CALL_ARRIVED, {"caller": NUMBER, "did": "311"}), (EntryKind.CALLBACK_ASKED, wish)])
    await rig.relay.catch_up()
    rig.journal([(EntryKind.CALLBACK_ASKED, wish)])
    await rig.relay.catch_up()
    async with database.read() as connection:
        found = await open_callbacks(connection)
    assert [(one.linkedid, one.queue, one.state) for one in found] == [("1.1", "operators", "waiting")]
    assert NUMBER[3:] not in str(found)
