"""What the tests of an operator's day share: the call, stored rows, a console that begins anew."""

from itertools import pairwise

from sqlalchemy import select

from agent_console.operators.routes import OBSERVER, ROSTER
from storage.work_tables import operator_activity, operator_sessions

STATE = "/api/v1/operators/me/state"
CALL = "centrala-1700000000.1"


async def rows(console, table):
    async with console.deps.database.read() as connection:
        return [dict(row) for row in (await connection.execute(select(table))).mappings()]


async def cover(console):
    """Check that the rows of each session touch one another and add up to it."""
    activity = await rows(console, operator_activity)
    for session in await rows(console, operator_sessions):
        own = sorted(
            ((row["began_at"], row["ended_at"]) for row in activity if row["session_id"] == session["id"]),
            key=lambda one: one[0],
        )
        assert own[0][0] == session["began_at"]
        assert all(one[1] == other[0] for one, other in pairwise(own))
        assert own[-1][1] == session["ended_at"]


async def a_new_process(day):
    """Forget everything in memory, as a killed process does, and load what was stored."""
    roster = day.app[ROSTER]
    roster._desks.clear()
    day.app[OBSERVER]._started = day.clock()
    await roster.restore()
    return roster
