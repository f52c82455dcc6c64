from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from storage import work_repository
from storage.tables import call_legs
from storage.work_repository import ActivityBegun, ActivityEnded, SessionBegun, SessionEnded, WrappedUp
from storage.work_tables import operator_activity, operator_sessions

T0 = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def activity(name, second):
    return ActivityBegun("s1", "ana", "2001", name, "", "", "", at(second))


async def test_writing_everything_twice_changes_nothing(database):
    changes = (
        SessionBegun("s1", "ana", "2001", T0),
        activity("ready", 0),
        ActivityEnded("s1", T0, at(10)),
        activity("ringing", 10),
        activity("paused", 10),  # at the very same moment: the ringing took no time
        ActivityEnded("s1", at(10), at(30)),
        SessionEnded("s1", at(30), "offline"),
    )
    for _ in range(2):
        async with database.begin() as connection:
            for change in changes:
                await work_repository.write(connection, change)
    async with database.read() as connection:
        rows = (await connection.execute(select(operator_activity).order_by(operator_activity.c.began_at))).mappings()
        found = [(row["activity"], row["began_at"], row["ended_at"]) for row in rows]
        session = (await connection.execute(select(operator_sessions))).mappings().one()
    assert found == [("ready", T0, at(10)), ("paused", at(10), at(30))]
    assert (session["ended_at"], session["end_reason"]) == (at(30), "offline")


async def test_an_outcome_given_late_takes_the_place_of_a_missing_one_and_never_the_other_way(database):
    missing = WrappedUp("c1", "2001", "ana", "", "", at(60), "time_limit")
    given = WrappedUp("c1", "2001", "ana", "informed", "", at(90), "operator")
    async with database.begin() as connection:
        await work_repository.write(connection, missing)
        assert await work_repository.missing_outcomes(connection, T0) == [missing]
        await work_repository.write(connection, given)
        await work_repository.write(connection, missing)
        assert await work_repository.missing_outcomes(connection, T0) == []


async def test_an_operators_part_of_a_call_ends_with_its_last_channel(database):
    leg = {"linkedid": "c1", "channel": "PJSIP/2001-1", "extension": "2001", "started_at": T0}
    leg |= {"answered_at": T0, "cause": 16}
    async with database.begin() as connection:
        assert await work_repository.leg_ended_at(connection, "c1", "2001") is None
        await connection.execute(call_legs.insert().values(leg | {"uniqueid": "1", "ended_at": at(5)}))
        assert await work_repository.leg_ended_at(connection, "c1", "2001") == at(5)
        await connection.execute(call_legs.insert().values(leg | {"uniqueid": "2", "ended_at": None}))
        assert await work_repository.leg_ended_at(connection, "c1", "2001") is None
