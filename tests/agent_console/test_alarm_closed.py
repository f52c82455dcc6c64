"""An alarm that nothing can look at again is closed by the administrator, on record; every other by its cause alone."""

import pytest

from calls.alarms import CLOSED_BY_HAND, AlarmKind, alarm_id
from storage import audit_repository, outbox_repository
from storage.alarm_repository import active_alarms, raise_alarm
from tests.agent_console.conftest import NOW

CLOSE = "/console/admin/alarms/close"


async def put(console, kind):
    alarm = alarm_id(kind, "7")
    async with console.deps.database.begin() as connection:
        await raise_alarm(connection, alarm, level="critical", text="text", mend="mend", now=NOW)
    return alarm


async def active(console):
    async with console.deps.database.read() as connection:
        return [alarm.id for alarm in await active_alarms(connection)]


async def close(console, alarm, username="admin"):
    csrf = await console.sign_in(username)
    answer = await console.client.post(CLOSE, data={"csrf": csrf, "alarm": alarm}, allow_redirects=False)
    return answer.status


@pytest.mark.parametrize("kind", AlarmKind)
async def test_the_page_offers_it_for_those_alone(console, kind):
    alarm = await put(console, kind)
    await console.sign_in("admin")
    page = await (await console.client.get("/console/admin")).text()
    assert (CLOSE in page) == (f'name="alarm" value="{alarm}"' in page) == (kind in CLOSED_BY_HAND)


@pytest.mark.parametrize("kind", sorted(CLOSED_BY_HAND))
async def test_a_mended_alarm_is_closed_on_record_and_rings_nobody(console, kind):
    alarm = await put(console, kind)
    async with console.deps.database.begin() as connection:
        key = f"alarm:{alarm}:{NOW.isoformat()}"
        await outbox_repository.put(
            connection, kind="alarm", recipient="duty", payload={"alarm": alarm}, idempotency_key=key, now=NOW
        )
        assert (await outbox_repository.backlog(connection, NOW))[0] == 1
    assert await close(console, alarm) == 303
    assert await active(console) == []
    async with console.deps.database.read() as connection:
        (row,) = await audit_repository.latest(connection, target=alarm)
        assert (await outbox_repository.backlog(connection, NOW))[0] == 0
    assert (row.actor, row.action) == ("admin", "alarm_closed")
    assert await close(console, alarm) == 404, "it is gone"


async def test_an_alarm_whose_cause_stands_is_not_closed(console):
    alarm = await put(console, AlarmKind.TRUNK_DOWN)
    assert await close(console, alarm) == 409
    assert await active(console) == [alarm]


async def test_nobody_but_an_administrator_closes_one(console):
    alarm = await put(console, AlarmKind.JOURNAL)
    assert await close(console, alarm, "vera") == 403
    assert await active(console) == [alarm]
