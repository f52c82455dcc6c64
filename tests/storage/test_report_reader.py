from datetime import timedelta

from sqlalchemy import insert

from calls.report_rows import MenuCall
from storage import report_cases, report_reader
from storage.tables import call_steps, calls, case_events, cases, missed_calls, orders
from storage.work_tables import call_segments, operator_activity, operator_sessions, wrap_ups

HOUR = timedelta(hours=1)


async def put(database, table, *rows):
    async with database.begin() as connection:
        for row in rows:
            await connection.execute(insert(table).values(row))


def call(number, at, **changes):
    values = {
        "linkedid": f"c-{number}",
        "arrived_at": at,
        "direction": "inbound",
        "synthetic": False,
        "search_text": "",
    }
    return values | changes


async def read(database, reader, since, until):
    async with database.read() as connection:
        return [row async for row in reader(connection, since, until)]


async def test_only_real_calls_of_the_period_are_read_oldest_first(database, now):
    await put(
        database,
        calls,
        call(1, now + HOUR, queued_at=now + HOUR, outcome="operator", caller_token="t"),
        call(2, now),
        call(3, now - timedelta(seconds=1)),
        call(4, now + 2 * HOUR),
        call(5, now, synthetic=True),
        call(6, now, direction="internal"),
        call(7, now, direction="outbound"),
    )
    found = await read(database, report_reader.read_calls, now, now + 2 * HOUR)
    assert [row.linkedid for row in found] == ["c-2", "c-1"]
    assert found[1].queued_at == now + HOUR
    assert found[1].caller_token == "t"


async def test_conversations_belong_to_the_period_of_their_call(database, now):
    await put(database, calls, call(1, now), call(2, now - HOUR))
    part = {"operator": "2001", "queue": "operators", "kind": "talk", "began_at": now + 9 * HOUR, "ended_at": None}
    await put(database, call_segments, part | {"linkedid": "c-1"}, part | {"linkedid": "c-2"})
    await put(
        database,
        operator_sessions,
        {"id": "s", "username": "ana", "extension": "2001", "began_at": now, "ended_at": None, "end_reason": ""},
    )
    spent = {
        "session_id": "s", "username": "ana", "extension": "2001", "reason": "", "queue": "", "began_at": now,
        "ended_at": now + HOUR,
    }  # fmt: skip
    await put(
        database,
        operator_activity,
        spent | {"activity": "wrapup", "linkedid": "c-1"},
        spent | {"activity": "talking", "linkedid": "c-1", "began_at": now + HOUR},
        spent | {"activity": "wrapup", "linkedid": "c-2", "began_at": now + HOUR / 2},
    )
    chosen = {"extension": "2001", "username": "ana", "note": "", "at": now, "how": "operator"}
    await put(
        database,
        wrap_ups,
        chosen | {"linkedid": "c-1", "outcome": "informed"},
        chosen | {"linkedid": "c-1", "extension": "2002", "outcome": ""},
        chosen | {"linkedid": "c-2", "outcome": "informed"},
    )
    period = now, now + HOUR
    assert [row.linkedid for row in await read(database, report_reader.read_segments, *period)] == ["c-1"]
    assert [row.linkedid for row in await read(database, report_reader.read_wrap_up_times, *period)] == ["c-1"]
    async with database.read() as connection:
        assert await report_reader.count_wrap_up_outcomes(connection, *period) == {"": 1, "informed": 1}


async def test_a_session_left_open_knows_when_the_next_one_began(database, now):
    values = {"username": "ana", "end_reason": ""}
    await put(
        database,
        operator_sessions,
        values | {"id": "a", "extension": "2001", "began_at": now - 9 * HOUR, "ended_at": None},
        values | {"id": "b", "extension": "2001", "began_at": now - HOUR, "ended_at": now + HOUR},
        values | {"id": "c", "extension": "2002", "began_at": now - 9 * HOUR, "ended_at": None},
        values | {"id": "d", "extension": "2003", "began_at": now - 9 * HOUR, "ended_at": now - HOUR},
        values | {"id": "e", "extension": "2003", "began_at": now + 3 * HOUR, "ended_at": None},
    )
    async with database.read() as connection:
        found = await report_reader.read_sessions(connection, now, now + 2 * HOUR)
        assert [(one.id, one.next_began_at) for one in found] == [("c", None), ("b", None)]
        earlier = await report_reader.read_sessions(connection, now - 5 * HOUR, now)
        assert {one.id: one.next_began_at for one in earlier}["a"] == now - HOUR


async def test_activity_comes_by_session_and_time(database, now):
    session = {"username": "ana", "extension": "2001", "end_reason": ""}
    await put(
        database,
        operator_sessions,
        session | {"id": "b", "began_at": now, "ended_at": None},
        session | {"id": "a", "began_at": now - HOUR, "ended_at": now},
        session | {"id": "old", "began_at": now - 9 * HOUR, "ended_at": now - 8 * HOUR},
    )
    spent = {"username": "ana", "extension": "2001", "reason": "", "queue": "", "linkedid": None, "ended_at": None}
    await put(
        database,
        operator_activity,
        spent | {"session_id": "b", "activity": "paused", "began_at": now + HOUR, "reason": "obrok"},
        spent | {"session_id": "b", "activity": "ready", "began_at": now},
        spent | {"session_id": "a", "activity": "ready", "began_at": now - HOUR},
        spent | {"session_id": "old", "activity": "ready", "began_at": now - 9 * HOUR},
    )
    async with database.read() as connection:
        sessions = await report_reader.read_sessions(connection, now - HOUR, now + HOUR)
        found = [row async for row in report_reader.read_activity(connection, sessions)]
    assert [(row.session_id, row.activity) for row in found] == [("a", "ready"), ("b", "ready"), ("b", "paused")]


async def test_the_way_through_the_menu_is_in_order_and_a_call_without_steps_is_there(database, now):
    await put(
        database,
        calls,
        call(1, now, language="sr", outcome="information"),
        call(2, now + HOUR, outcome="abandoned_menu"),
        call(3, now + HOUR, outcome="abandoned_menu"),
    )
    step = {"linkedid": "c-1", "at": now, "node": 1}
    await put(
        database,
        call_steps,
        step | {"step": 3, "kind": "call.menu", "data": {"flow": "inbound", "node": "menu.main", "keys": "1"}},
        step | {"step": 2, "kind": "call.language", "data": {"language": "sr"}},
        step | {"step": 1, "kind": "call.arrived", "data": {"did": "311"}},
        step | {"step": 4, "kind": "call.flow_ended", "data": {"flow": "information", "node": "topics"}},
        step | {"linkedid": "c-3", "step": 1, "kind": "call.flow_ended", "data": {"node": "language"}},
    )
    assert await read(database, report_reader.read_menu, now, now + 2 * HOUR) == [
        MenuCall("c-1", "sr", [("language sr", ""), ("menu.main", "1")], "information", "topics"),
        MenuCall("c-2", "", [], "abandoned_menu"),
        MenuCall("c-3", "", [], "abandoned_menu", "language"),
    ]


async def test_the_worklist_shows_open_rows_of_any_age(database, now):
    row = {"reason": "abandoned_queue", "last_step": ""}
    await put(
        database,
        missed_calls,
        row | {"linkedid": "old", "at": now - timedelta(days=900), "closed_at": None},
        row | {"linkedid": "gone", "at": now - timedelta(days=9), "closed_at": now - timedelta(days=8)},
        row | {"linkedid": "done", "at": now - timedelta(days=9), "closed_at": now, "closed_how": "callback"},
    )
    async with database.read() as connection:
        found = await report_reader.read_missed(connection, now - HOUR, now + HOUR)
    assert sorted(one.closed_how or "" for one in found) == ["", "callback"]


async def test_a_case_comes_with_the_moments_of_its_life(database, now, new_case):
    from storage import case_repository

    case = new_case(created_at=now)
    untouched = new_case(2, created_at=now)
    over = new_case(3, created_at=now - timedelta(days=9))
    async with database.begin() as connection:
        for one in (case, untouched, over):
            await case_repository.create(connection, one)
        done = now - timedelta(days=8)
        await connection.execute(
            cases.update().where(cases.c.number == over.number.digits).values(closed_at=done, updated_at=done)
        )
    order = {
        "case_number": case.number.digits, "organisation": "vodovod", "crew": "1", "language": "sr", "text": "",
        "state": "acknowledged", "created_by": "ana",
    }  # fmt: skip
    await put(
        database,
        orders,
        order | {"id": "o1", "created_at": now + HOUR, "acknowledged_at": now + 2 * HOUR},
        order | {"id": "o2", "created_at": now + 3 * HOUR, "acknowledged_at": None},
    )
    line = {"case_number": case.number.digits, "kind": "transition", "actor": "ana"}
    await put(
        database,
        case_events,
        line | {"at": now + 4 * HOUR, "data": {"to": "in_progress"}},
        line | {"at": now + 5 * HOUR, "data": {"to": "fixed"}},
        line | {"at": now + 6 * HOUR, "data": {"to": "reopened", "note": "still wet"}},
        line | {"at": now + 7 * HOUR, "data": {"to": "fixed"}},
        line | {"at": now, "kind": "note", "data": {"text": "to"}},
    )
    async with database.read() as connection:
        found = {one.number: one for one in await report_cases.read_cases(connection, now, now + 9 * HOUR)}
        reopened = await report_cases.read_reopenings(connection, now, now + 9 * HOUR)
    assert set(found) == {case.number.digits, untouched.number.digits}
    mine = found[case.number.digits]
    assert (mine.handed_over_at, mine.taken_at, mine.fixed_at) == (now + HOUR, now + 2 * HOUR, now + 5 * HOUR)
    assert (mine.reopened, found[untouched.number.digits].reopened) == (1, 0)
    assert reopened == {case.number.digits: [now + 6 * HOUR]}
