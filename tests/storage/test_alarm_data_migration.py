"""Alarms that stood before their data had a column name their case and recipient on pages all the same."""

import re
from pathlib import Path

from alembic import command
from sqlalchemy import column, insert, table

from storage.alarm_repository import active_alarms
from storage.migrations import upgrade
from storage.migrations.upgrade import _config, differences, upgrade_to_head
from storage.schema import UtcDateTime
from tests.alarms_said import on_pages

VERSIONS = Path(upgrade.__file__).parent / "versions"
BEFORE = re.search(r'down_revision.*"(\w+)"', next(VERSIONS.glob("*_alarm_data.py")).read_text())[1]
OLD = {
    "send_failed:order1": "Nalog za predmet 26-00041-7 nije uručen: niko ga nije potvrdio.",
    "dead_letter:7": "order for vodovod/ekipa-1 was not delivered: no route",
    "ami_lost": "The telephone exchange does not answer: no pop, no live board; calls may be down.",
}
_ALARMS = table("alarms", *map(column, ("id", "level", "text", "mend")), column("since", UtcDateTime))
"""As it was: without the new column."""


async def test_what_old_alarms_named_in_words_becomes_data(database, now):
    async with database.begin() as connection:
        await connection.run_sync(lambda one: command.downgrade(_config(one), BEFORE))
        for name, words in OLD.items():
            row = {"id": name, "level": "critical", "text": words, "mend": "", "since": now}
            await connection.execute(insert(_ALARMS).values(row))
        await connection.run_sync(upgrade_to_head)
        assert await connection.run_sync(differences, database.metadata) == []
        found = {alarm.id: alarm for alarm in await active_alarms(connection)}
    assert {name: alarm.data for name, alarm in found.items()} == {
        "send_failed:order1": {"case": "26-00041-7"},
        "dead_letter:7": {"recipient": "vodovod/ekipa-1"},
        "ami_lost": {},
    }
    assert on_pages(found["send_failed:order1"])[0].startswith("Nalog za predmet 26-00041-7 nije uručen")
    assert on_pages(found["dead_letter:7"])[0] == "Poruka nije uručena: vodovod/ekipa-1."
