from datetime import timedelta

import pytest

from storage import alarm_repository, case_repository, order_repository, outbox_repository
from tests.alarms_said import on_pages

LEASE = timedelta(seconds=30)


async def put_one(connection, now, key="k1"):
    return await outbox_repository.put(
        connection, kind="order", recipient="vodovod/ekipa-1", payload={"order": "o1"}, idempotency_key=key, now=now
    )


async def take(connection, now, **options):
    return await outbox_repository.take_due(connection, "order", now=now, lease=LEASE, **options)


async def test_a_row_is_taken_by_one_worker_only(database, clock):
    async with database.begin() as connection:
        assert await put_one(connection, clock())
        assert not await put_one(connection, clock())
    async with database.begin() as connection:
        first = await take(connection, clock())
    async with database.begin() as connection:
        second = await take(connection, clock())
    assert [row.payload for row in first] == [{"order": "o1"}]
    assert second == []


async def test_the_lease_of_a_killed_worker_runs_out(database, clock):
    async with database.begin() as connection:
        await put_one(connection, clock())
        (first,) = await take(connection, clock())
        clock.forward(seconds=31)
        (again,) = await take(connection, clock())
        assert not await outbox_repository.renew(connection, first, now=clock(), lease=LEASE)
        assert await outbox_repository.renew(connection, again, now=clock(), lease=LEASE)
    assert (first.id, first.attempts, again.id, again.attempts) == (1, 1, 1, 2)


async def test_delivered_is_never_taken_again(database, clock):
    async with database.begin() as connection:
        await put_one(connection, clock())
        (row,) = await take(connection, clock())
        await outbox_repository.delivered(connection, row.id, clock())
        clock.forward(days=1)
        assert await take(connection, clock()) == []
        assert await outbox_repository.backlog(connection, clock()) == (0, 0.0)


async def test_failures_come_later_and_later_then_raise_a_human(database, clock):
    waits = []
    async with database.begin() as connection:
        await put_one(connection, clock())
        dead = False
        while not dead:
            (row,) = await take(connection, clock())
            dead = await outbox_repository.retry(connection, row, error="no route", now=clock())
            started = clock()
            while not dead and not await due(connection, clock()):
                clock.forward(seconds=5)
            waits.append((clock() - started).total_seconds())
        alarms = await alarm_repository.active_alarms(connection)
        clock.forward(days=1)
        assert await take(connection, clock()) == []
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == 600
    assert [(alarm.id, alarm.level) for alarm in alarms] == [("dead_letter:1", "critical")]
    assert "vodovod/" in on_pages(alarms[0])[0]


async def due(connection, now):
    count, _ = await outbox_repository.backlog(connection, now)
    rows = await connection.execute(
        outbox_repository.outbox.select().where(outbox_repository.outbox.c.next_attempt_at <= now)
    )
    return count and rows.first() is not None


@pytest.fixture
async def order(database, new_case, now):
    async with database.begin() as connection:
        await case_repository.create(connection, new_case())
        return await create_order(connection, new_case, now)


async def create_order(connection, new_case, now, order_id="o1", key="key-1"):
    return await order_repository.create(
        connection,
        order_id=order_id,
        case_number=new_case().number,
        organisation="vodovod",
        crew="ekipa-1",
        language="sr",
        sentences=["Nalog.", "Pukla cev."],
        created_by="2003",
        now=now,
        idempotency_key=key,
    )


async def test_order_and_outbox_row_are_born_together_and_once(database, order, new_case, now):
    async with database.begin() as connection:
        again = await create_order(connection, new_case, now, order_id="o2")
        rows = await take(connection, now)
    assert again.id == order.id == "o1"
    assert order.text == "Nalog.\nPukla cev."
    assert [row.payload for row in rows] == [{"order": "o1"}]


async def test_attempts_are_numbered_and_end_once(database, order, clock):
    async with database.begin() as connection:
        first = await order_repository.start_attempt(connection, "o1", path="radio", target="sip:r", now=clock())
        assert await order_repository.end_attempt(connection, "o1", first.number, outcome="no_key", now=clock())
        assert not await order_repository.end_attempt(
            connection, "o1", first.number, outcome="acknowledged", now=clock()
        )
        await order_repository.start_attempt(connection, "o1", path="radio", target="sip:r", now=clock())
        assert await order_repository.close_broken_attempts(connection, "o1", clock()) == 1
        tried = await order_repository.attempts(connection, "o1")
        (waiting,) = await order_repository.pending(connection)
    assert [(one.number, one.outcome, one.reason) for one in tried] == [
        (1, "no_key", None),
        (2, "failed", "interrupted"),
    ]
    assert waiting.state == "calling"


async def test_an_acknowledgement_is_never_taken_back(database, order, new_case, clock):
    async with database.begin() as connection:
        assert await order_repository.set_state(
            connection, "o1", "acknowledged", now=clock(), acknowledged_by="ekipa-1"
        )
        assert not await order_repository.set_state(connection, "o1", "failed", now=clock())
        (stored,) = await order_repository.of_case(connection, new_case().number)
        assert await order_repository.pending(connection) == []
    assert (stored.state, stored.acknowledged_by, stored.acknowledged_at) == ("acknowledged", "ekipa-1", clock())


async def test_alarm_is_raised_once_and_can_come_back(database, clock):
    async def raise_it(connection):
        return await alarm_repository.raise_alarm(
            connection, "disk_low", level="critical", text="t", mend="m", now=clock()
        )

    async with database.begin() as connection:
        assert await raise_it(connection)
        clock.forward(minutes=1)
        assert not await raise_it(connection)
        (active,) = await alarm_repository.active_alarms(connection)
        assert await alarm_repository.clear_alarm(connection, "disk_low", clock())
        assert not await alarm_repository.clear_alarm(connection, "disk_low", clock())
        assert await alarm_repository.active_alarms(connection) == []
        assert await raise_it(connection)
        (back,) = await alarm_repository.all_alarms(connection)
    assert (back.since - active.since, back.cleared_at) == (timedelta(minutes=1), None)
