"""Which fact raises and clears which alarm, after how long, and that the board is told of both."""

from datetime import timedelta

import pytest

from calls.ports import CallControlError, LineNow
from centrala.room_watch import Facts, RoomWatch
from storage.alarm_repository import active_alarms
from storage.database import Database
from tests.storage.conftest import ManualClock


class Bus:
    def __init__(self):
        self.told = []

    async def publish(self, event):
        self.told.append((event.data.get("id", event.type.value), event.data["active"]))


class Pbx:
    def __init__(self):
        self.now = (LineNow("telekom", True),)
        self.refuse = ""

    async def lines(self):
        if self.refuse:
            raise CallControlError(self.refuse)
        return self.now


class Room:
    def __init__(self, database):
        self.database, self.clock, self.pbx, self.bus = database, ManualClock(), Pbx(), Bus()
        self.up, self.opened, self.operators, self.backlog, self.notice = True, False, 0, 0, False
        facts = Facts(
            link_is_up=lambda: self.up,
            trunks=lambda: ("telekom",),
            opened=lambda at: self.opened,
            operators=lambda: self.operators,
            notice=lambda: self.notice,
            backlog=lambda: self.backlog,
        )
        self.watch = RoomWatch(database, self.pbx, self.bus, self.clock, facts, timedelta(seconds=120))

    async def active(self):
        async with self.database.read() as connection:
            return sorted(alarm.id for alarm in await active_alarms(connection))

    async def after(self, seconds):
        await self.watch.step()
        self.clock.forward(seconds=seconds)
        await self.watch.step()
        return await self.active()


@pytest.fixture
async def room(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/centrala.db")
    await database.create_all()
    yield Room(database)
    await database.close()


async def test_all_is_well_and_nobody_is_told_anything(room):
    assert await room.after(3600) == []
    assert room.bus.told == []


async def test_a_blink_of_the_link_is_no_alarm_and_a_loss_is(room):
    room.up = False
    assert await room.after(5) == []
    assert await room.after(10) == ["ami_lost"]
    room.up = True
    assert await room.after(1) == []
    assert room.bus.told == [("ami_lost", True), ("ami_lost", False)]


@pytest.mark.parametrize("now", [(LineNow("telekom", False, "server: Unreachable"),), ()])
async def test_a_line_that_is_down_or_unknown_is_an_alarm_until_it_stands_again(room, now):
    room.pbx.now = now
    assert await room.after(50) == ["trunk_down:telekom"]
    room.pbx.now = (LineNow("telekom", True),)
    assert await room.after(1) == []


async def test_while_the_exchange_is_away_nothing_is_said_of_its_lines(room):
    room.pbx.refuse = "gone"
    assert await room.after(500) == []


async def test_nobody_signed_in_is_an_alarm_in_opening_hours_only(room):
    room.opened = True
    assert await room.after(60) == []
    assert await room.after(70) == ["no_operators"]
    room.operators = 1
    assert await room.after(1) == []
    room.operators, room.opened = 0, False
    assert await room.after(3600) == []


async def test_records_that_stay_behind_are_an_alarm(room):
    room.backlog = 2_000_000
    assert await room.after(61) == ["record_backlog"]


async def test_the_end_of_a_notice_is_told_though_nobody_switched_it_off(room):
    room.notice = True
    await room.watch.step()
    room.notice = False
    await room.watch.step()
    assert room.bus.told == [("notice.changed", False)]
