"""A disk that has too little room is an alarm while it is so, and pages can say how little."""

from centrala.disk_watch import DiskWatch
from storage.alarm_repository import active_alarms
from tests.alarms_said import on_pages
from tests.storage.conftest import ManualClock


async def test_little_room_is_an_alarm_until_there_is_more(database, tmp_path):
    async def seen(low_percent):
        await DiskWatch(database, tmp_path, low_percent, ManualClock()).step()
        async with database.read() as connection:
            return await active_alarms(connection)

    (alarm,) = await seen(101)
    assert alarm.id == "disk_low"
    assert alarm.data == {"percent": alarm.data["percent"], "which": str(tmp_path)}
    assert f"slobodno je {alarm.data['percent']} %" in on_pages(alarm)[0]
    assert f"{alarm.data['percent']} % free" in alarm.text
    assert await seen(0) == []
