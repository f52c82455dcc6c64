from datetime import timedelta

import pytest

from calls.ports import ChannelNow, PbxSnapshot
from storage import alarm_repository, call_repository, case_repository, missed_repository, recording_repository
from storage.reconcile import reconcile
from storage.sweeper import sweep
from storage.tables import calls, cel_rows
from tests.alarms_said import on_pages


async def start_call(database, at, linkedid="1.1", **more):
    row = {
        "source": f"s:{linkedid}",
        "event": "CHAN_START",
        "at": at,
        "linkedid": linkedid,
        "uniqueid": linkedid,
        "channel": "PJSIP/test-00000001",
        "data": {"context": "from-trunk"},
    }
    async with database.begin() as connection:
        await connection.execute(cel_rows.insert().values(row))
        values = {"linkedid": linkedid, "direction": "inbound", "arrived_at": at, "synthetic": False}
        await connection.execute(calls.insert().values(values | more))


def snapshot(at, **channels):
    return PbxSnapshot(
        at=at,
        channels=tuple(
            ChannelNow(linkedid, linkedid, "PJSIP/test-00000001", "Up", "AGI", seconds)
            for linkedid, seconds in channels.items()
        ),
        waiting=(),
        members=(),
    )


async def test_a_call_that_the_exchange_lost_has_failed_and_is_on_the_missed_list(database, now):
    await start_call(database, now - timedelta(minutes=5))
    found = await reconcile(database, snapshot(now))
    async with database.read() as connection:
        call = await call_repository.get(connection, "1.1")
        (missed,), _ = await missed_repository.search(connection)
    assert found.lost == ("1.1",)
    assert [event.data["outcome"] for event in found.events] == ["failed"]
    assert (call.outcome, call.ended_at) == ("failed", now - timedelta(minutes=5))
    assert missed.reason == "failed"
    assert (await reconcile(database, snapshot(now))).lost == ()


async def test_a_call_that_lives_or_is_quite_new_is_let_be(database, now):
    await start_call(database, now - timedelta(minutes=5), "1.1")
    await start_call(database, now - timedelta(seconds=3), "1.2")
    assert (await reconcile(database, snapshot(now, **{"1.1": 300}))).lost == ()


async def test_no_call_outlives_a_restart_of_the_exchange(database, now):
    await start_call(database, now - timedelta(seconds=3))
    found = await reconcile(database, snapshot(now, **{"1.1": 1}), booted_at=now - timedelta(seconds=1))
    assert found.lost == ("1.1",)


async def test_a_call_without_any_record_is_an_alarm_until_there_is_one(database, now):
    found = await reconcile(database, snapshot(now, **{"9.1": 60, "9.2": 2}))
    async with database.read() as connection:
        (alarm,) = await alarm_repository.active_alarms(connection)
    assert (found.unknown, alarm.id, alarm.level) == (("9.1",), "cel_missing", "critical")
    assert on_pages(alarm)[0] == "Pozivi u toku koji se ne beleže: 1."
    await start_call(database, now - timedelta(minutes=1), "9.1")
    assert (await reconcile(database, snapshot(now, **{"9.1": 60}))).unknown == ()
    async with database.read() as connection:
        assert await alarm_repository.active_alarms(connection) == []


async def test_sweeper_names_what_must_not_be_and_takes_it_back(database, new_case, now):
    async with database.begin() as connection:
        await case_repository.create(connection, new_case(1, due_at=now - timedelta(hours=1)))
        await case_repository.create(connection, new_case(2))
    await start_call(database, now - timedelta(hours=5))
    found = await sweep(database, now, ["calls/incoming/7.7.wav"])
    assert (len(found.overdue), found.unlinked, found.endless, found.mended) == (
        1,
        ("calls/incoming/7.7.wav",),
        ("1.1",),
        (),
    )
    assert set(found.raised) == {"cases_overdue", "recordings_unlinked", "calls_endless"}
    async with database.read() as connection:
        raised = {alarm.id: alarm for alarm in await alarm_repository.active_alarms(connection)}
    assert [on_pages(alarm)[0].endswith(": 1.") for alarm in raised.values()] == [True] * 3
    assert raised["recordings_unlinked"].data["which"] == "calls/incoming/7.7.wav"
    assert (await sweep(database, now, ["calls/incoming/7.7.wav"])).raised == ()
    await sweep(database, now - timedelta(hours=2), [])
    async with database.read() as connection:
        assert await alarm_repository.active_alarms(connection) == []


@pytest.mark.parametrize("lacking", [{"owner": ""}, {"due_at": None}])
async def test_sweeper_gives_every_open_case_an_owner_and_a_deadline(database, new_case, now, lacking):
    async with database.begin() as connection:
        await case_repository.create(connection, new_case(1, **lacking))
    found = await sweep(database, now)
    async with database.read() as connection:
        case = await case_repository.get(connection, new_case(1).number)
    assert found.mended == (new_case(1).number.digits,)
    assert case.owner == lacking.get("owner", "vodovod") or case.owner == "city"
    assert case.due_at is not None
    assert (await sweep(database, now)).mended == ()


async def test_recordings_that_wait_in_the_clear_are_an_alarm(database, now):
    async with database.begin() as connection:
        for linkedid, ended in (("1.1", now - timedelta(minutes=11)), ("2.2", now - timedelta(minutes=9))):
            row = {"linkedid": linkedid, "direction": "inbound", "arrived_at": now - timedelta(hours=1)}
            await connection.execute(calls.insert().values(row | {"ended_at": ended}))
            await recording_repository.add(connection, recording_repository.of_channel(linkedid, linkedid, now))
    assert "recordings_waiting" in (await sweep(database, now)).raised
    async with database.read() as connection:
        (waiting,) = await alarm_repository.active_alarms(connection)
    assert on_pages(waiting)[0] == "Snimci koji duže od deset minuta nisu zaključani: 1."
    async with database.begin() as connection:
        await recording_repository.finish(connection, "1.1", state="complete", seconds=1.0, size=1)
    await sweep(database, now)
    async with database.read() as connection:
        assert [alarm.id for alarm in await alarm_repository.active_alarms(connection)] == []
