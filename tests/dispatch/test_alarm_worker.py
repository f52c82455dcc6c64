"""Alarms by telephone: one call at a time, the next person, peace after a key, an exchange that is away."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from calls.ports import CallControlError
from cases.alarm_calls import Patience
from cases.ladder import AttemptOutcome
from dispatch.alarm_worker import AlarmWorker
from dispatch.reading import AttemptResult
from storage.alarm_repository import clear_alarm, raise_alarm
from storage.alarm_tables import alarm_calls
from storage.bus import LocalBus
from storage.database import Database
from storage.order_scripts import FileOrderScripts
from storage.tables import outbox
from tests.storage.conftest import ManualClock


class Pbx:
    def __init__(self):
        self.rung, self.refuse = [], ""

    async def originate(self, **wanted):
        if self.refuse:
            raise CallControlError(self.refuse)
        self.rung.append((wanted["endpoint"], wanted["context"]))
        return f"1.{len(self.rung)}"


class Speaker:
    def __init__(self, folder):
        self.folder, self.said, self.languages = folder, [], set()

    async def speak(self, text, language):
        self.said.append(text)
        self.languages.add(language)
        return self.folder / f"said-{len(self.said)}"


class Room:
    def __init__(self, tmp_path, database):
        self.database, self.clock, self.pbx = database, ManualClock(), Pbx()
        self.answer = AttemptResult(AttemptOutcome.NO_KEY)
        self.language = "sr"
        self.scripts = FileOrderScripts(tmp_path / "scripts")
        self.speaker = Speaker(tmp_path)

        async def answers(uniqueid, script, number):
            return self.answer

        self.worker = AlarmWorker(
            database=database,
            calls=self.pbx,
            speaker=self.speaker,
            scripts=self.scripts,
            answers=answers,
            bus=LocalBus(),
            clock=self.clock,
            duty=lambda: ("2005", "2004"),
            dial=lambda number: f"PJSIP/{number}",
            language=lambda: self.language,
            patience=Patience(timedelta(seconds=10), timedelta(seconds=60), timedelta(hours=1)),
        )

    async def alarm(self, name="ami_lost", level="critical"):
        async with self.database.begin() as connection:
            await raise_alarm(connection, name, level=level, text="t", mend="m", now=self.clock())

    async def rows(self):
        async with self.database.read() as connection:
            return (await connection.execute(select(alarm_calls).order_by(alarm_calls.c.id))).mappings().all()

    async def outbox(self):
        async with self.database.read() as connection:
            return [(row.kind, row.state) for row in (await connection.execute(select(outbox))).all()]


@pytest.fixture
async def room(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/centrala.db")
    await database.create_all()
    yield Room(tmp_path, database)
    await database.close()


async def test_the_duty_phones_are_rung_in_turn_until_somebody_takes_it(room):
    await room.alarm()
    assert await room.worker.step()
    assert not await room.worker.step(), "not again before the pause"
    room.clock.forward(seconds=11)
    room.answer = AttemptResult(AttemptOutcome.HANDED_OVER, "3")
    assert await room.worker.step()
    room.answer = AttemptResult(AttemptOutcome.ACKNOWLEDGED, "1")
    assert await room.worker.step(), "key 3: the next person at once"
    assert room.pbx.rung == [(f"PJSIP/{one}", "alarm-call") for one in ("2005", "2004", "2005")]
    room.clock.forward(minutes=59)
    assert not await room.worker.step(), "peace for whoever took it"
    assert await room.outbox() == [("alarm", "delivered")]
    room.clock.forward(minutes=2)
    assert await room.worker.step(), "it still stands"


async def test_a_cleared_alarm_rings_nobody_and_one_raised_anew_begins_anew(room):
    await room.alarm()
    await room.worker.step()
    async with room.database.begin() as connection:
        await clear_alarm(connection, "ami_lost", room.clock())
    room.clock.forward(minutes=5)
    assert not await room.worker.step()
    assert await room.outbox() == [("alarm", "delivered")]
    await room.alarm()
    await room.worker.step()
    assert [row["target"] for row in await room.rows()] == ["2005", "2005"]


async def test_a_warning_rings_nobody(room):
    await room.alarm("cases_overdue", level="warning")
    assert not await room.worker.step()


async def test_many_alarms_are_one_call_at_a_time(room):
    await room.alarm("ami_lost")
    await room.alarm("disk_low")
    await room.worker.step()
    async with room.database.begin() as connection:
        values = {
            "alarm_id": "disk_low",
            "since": room.clock(),
            "target": "2005",
            "started_at": room.clock(),
            "detail": "",
        }
        await connection.execute(alarm_calls.insert().values(values))
    room.clock.forward(minutes=5)
    assert not await room.worker.step(), "somebody is being rung about the other one"


async def test_an_exchange_that_is_away_is_said_and_tried_again(room, caplog):
    room.pbx.refuse = "no connection to the PBX"
    await room.alarm()
    await room.worker.step()
    (row,) = await room.rows()
    assert (row["outcome"], row["detail"]) == ("no_answer", "no connection to the PBX")
    assert "no connection to the PBX" in caplog.text
    room.pbx.refuse = ""
    room.clock.forward(seconds=11)
    assert await room.worker.step()


async def test_what_is_read_out_is_the_alarm_in_words_and_an_answer_for_each_key(room):
    await room.alarm("trunk_down:telekom")
    await room.worker.step()
    (script,) = list(Path(room.scripts._folder).glob("alarm-*.json"))
    made = room.scripts.get(script.stem)
    assert set(made.replies) == {"acknowledged", "handed_over", "no_key", "wrong_key"}
    assert "Telefonska linija ne radi. Građani možda ne mogu da zovu." in room.speaker.said
    assert room.speaker.languages == {"sr"}


@pytest.mark.parametrize(
    ("town", "spoken", "sentence"),
    [
        ("hu", "hu", "Megszakadt a kapcsolat a telefonközponttal."),
        ("sk", "sk", "Spojenie s telefónnou ústredňou sa prerušilo."),
        ("ro", "ro", "Legătura cu centrala telefonică s-a întrerupt."),
        ("de", "sr", "Prekinuta je veza sa telefonskom centralom."),  # sentences and voice are of one language
    ],
)
async def test_the_duty_people_hear_the_towns_first_language(room, town, spoken, sentence):
    room.language = town
    await room.alarm()
    await room.worker.step()
    assert sentence in room.speaker.said
    assert room.speaker.languages == {spoken}
    (script,) = list(Path(room.scripts._folder).glob("alarm-*.json"))
    assert room.scripts.get(script.stem).language == spoken
