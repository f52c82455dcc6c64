"""Retention: what is due goes, what is held stays, and a second run finds nothing left."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from calls.ids import CaseNumber
from centrala.daily_purge import DailyPurge
from recordings.purge import purge
from storage import alarm_repository, audit_repository, recording_holds, recording_marks
from storage.tables import audit, calls, cases, orders, recordings
from tests.alarms_said import on_pages

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEEP = {"call": 180, "message": 365, "order": 30}
CASE = CaseNumber.mint(2026, 1, 7)


@pytest.fixture
def add(database, tmp_path):
    """Store a recording of a kind that began so many days ago, with its file and its call."""

    async def add(name, kind, days, *, state="complete", linkedid=None, case=None):
        path = f"{kind}s/{name}.sealed"
        file = tmp_path / "recordings" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"s" * 100)
        began = NOW - timedelta(days=days)
        linkedid = linkedid or f"{name}.1"
        async with database.begin() as connection:
            if kind == "call":
                row = {"linkedid": linkedid, "direction": "inbound", "arrived_at": began, "case_number": case}
                await connection.execute(insert(calls).values(row))
            row = {"id": name, "linkedid": linkedid, "path": path, "kind": kind, "started_at": began, "state": state}
            await connection.execute(insert(recordings).values(row))
        return file

    return add


async def states(database):
    async with database.read() as connection:
        return {row.id: row.state for row in await connection.execute(select(recordings.c.id, recordings.c.state))}


async def add_case(database):
    async with database.begin() as connection:
        row = {"number": CASE.digits, "kind": "request", "channel": "phone", "status": "received", "owner": "vodovod"}
        times = {"created_at": NOW, "updated_at": NOW, "created_by": "ana", "pin_hash": "", "linkedid": "by-case.1"}
        await connection.execute(insert(cases).values(row | times))
        order = {"id": "o1", "case_number": CASE.digits, "organisation": "vodovod", "crew": "c", "language": "sr"}
        rest = {"text": "", "state": "acknowledged", "created_at": NOW, "created_by": "ana"}
        await connection.execute(insert(orders).values(order | rest))


async def test_each_kind_has_its_time_and_the_second_run_finds_nothing(database, add, tmp_path):
    kept = [
        await add("call-new", "call", 179),
        await add("message", "message", 364),
        await add("notice", "notice", 999),
    ]
    gone = [await add("call-old", "call", 181), await add("order", "order", 31)]
    going_on = await add("live", "call", 400, state="recording")
    would = await purge(database, tmp_path / "recordings", KEEP, NOW, actor="test", dry_run=True)
    assert (would.count, would.freed, would.left) == (2, 200, 2)
    assert all(file.exists() for file in gone), "a dry run deletes nothing"
    report = await purge(database, tmp_path / "recordings", KEEP, NOW, actor="test")
    assert (report.purged, report.freed, report.failed, report.left) == ({"call": 1, "order": 1}, 200, {}, 0)
    assert not any(file.exists() for file in gone)
    assert all(file.exists() for file in [*kept, going_on])
    found = await states(database)
    assert {name for name, state in found.items() if state == "purged"} == {"call-old", "order"}
    async with database.read() as connection:
        kept_calls = (await connection.execute(select(calls.c.linkedid))).scalars().all()
        rows = (await connection.execute(select(audit).where(audit.c.action == "recordings_purged"))).mappings().all()
        assert await audit_repository.first_broken_row(connection) is None
    assert "call-old.1" in kept_calls, "the call's record stays"
    assert [row["data"]["recordings"] for row in rows] == [["call-old", "order"]]
    again = await purge(database, tmp_path / "recordings", KEEP, NOW, actor="test")
    assert (again.count, again.left) == (0, 0)


async def test_a_hold_keeps_a_recording_and_a_case_keeps_all_of_its_own(database, add, tmp_path):
    await add_case(database)
    held = {
        "single": await add("single", "call", 999),
        "of-call": await add("of-call", "call", 999, case=CASE.digits),
        "by-case": await add("by-case", "call", 999, linkedid="by-case.1"),
        "order": await add("order", "order", 999, linkedid="o1"),
    }
    other = await add("other", "call", 999)
    async with database.begin() as connection:
        one = await recording_holds.place(connection, recording_id="single", reason="sud", by="vera", now=NOW)
        case = await recording_holds.place(connection, case_number=CASE.digits, reason="tužba", by="vera", now=NOW)
    report = await purge(database, tmp_path / "recordings", KEEP, NOW, actor="test")
    assert set(report.held) == set(held)
    assert (report.purged, report.left) == ({"call": 1}, 0)
    assert all(file.exists() for file in held.values())
    assert not other.exists()
    async with database.begin() as connection:
        assert [hold.id for hold in await recording_holds.standing(connection, "order")] == [case]
        assert await recording_holds.release(connection, one, reason="gotovo", by="vera", now=NOW) is not None
        assert await recording_holds.release(connection, one, reason="gotovo", by="vera", now=NOW) is None
    report = await purge(database, tmp_path / "recordings", KEEP, NOW, actor="test")
    assert report.purged == {"call": 1}
    assert not held["single"].exists()


async def test_what_cannot_be_deleted_is_said_and_tried_again(database, add, tmp_path, monkeypatch):
    stuck, free = await add("stuck", "call", 200), await add("free", "call", 200)
    unlink = type(stuck).unlink

    def refuse(path, missing_ok=False):
        if path.name == "stuck.sealed":
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    daily = DailyPurge(database, tmp_path / "recordings", KEEP, lambda: NOW)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", refuse)
        await daily.step()
    assert (stuck.exists(), free.exists()) == (True, False)
    async with database.read() as connection:
        (alarm,) = await alarm_repository.active_alarms(connection)
    assert (alarm.id, alarm.data["which"]) == ("recordings_purge", str(tmp_path / "recordings"))
    assert on_pages(alarm)[0].endswith(": 1.")
    await daily.step()
    assert not stuck.exists()
    async with database.read() as connection:
        assert await alarm_repository.active_alarms(connection) == []
        runs = select(audit.c.id).where(audit.c.action == "recordings_purge")
        count = len((await connection.execute(runs)).all())
    await daily.step()
    async with database.read() as connection:
        assert len((await connection.execute(runs)).all()) == count, "once a day, when all went well"


async def test_a_kill_between_file_and_row_is_completed_by_the_next_run(database, add, tmp_path):
    (await add("half", "call", 200)).unlink()
    report = await purge(database, tmp_path / "recordings", KEEP, NOW, actor="test")
    assert report.purged == {"call": 1}
    assert await states(database) == {"half": "purged"}


async def test_comments_go_with_the_recording_and_no_path_leads_elsewhere(database, add, tmp_path):
    await add("marked", "call", 200)
    outside = tmp_path / "outside.sealed"
    outside.write_bytes(b"x")
    async with database.begin() as connection:
        await recording_marks.add(connection, "marked", at=1.0, text="ime", author="vera", now=NOW)
        await connection.execute(update(recordings).values(path="../outside.sealed"))
    await purge(database, tmp_path / "recordings", KEEP, NOW, actor="test")
    assert outside.exists()
    async with database.read() as connection:
        assert await recording_marks.of_recording(connection, "marked") == []
