"""The urgent notice by API and page: who may, what is refused, and that a refusal changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from agent_console.dependencies import DEPENDENCIES
from calls.ports import SpeechError
from storage.tables import audit
from storage.urgent_notice import UrgentNoticeFile
from tests.agent_console.conftest import NOW

PATH = "/api/v1/notices/urgent"
TEXT = {"sr": "U Glavnoj ulici nema vode."}


@pytest.fixture
def room(console, tmp_path):
    """A console with a place for the notice and a voice that remembers what it said."""
    console.said = []

    async def speak(text, language):
        if "neizgovorivo" in text:
            raise SpeechError("no voice")
        console.said.append((language, text))

    file = UrgentNoticeFile(tmp_path / "notices", console.clock)
    deps = replace(console.deps, notice=file, speak=speak)
    for name in ("notice", "speak"):
        object.__setattr__(console.app[DEPENDENCIES], name, getattr(deps, name))
    console.file = file
    return console


async def put(room, status=200, user="vera", **wanted):
    return await room.json("PUT", PATH, status, user=user, json={"active": True, "texts": TEXT} | wanted)


async def test_it_is_on_spoken_audited_and_ends_by_itself(room):
    until = (NOW + timedelta(hours=2)).isoformat()
    now = await put(room, until=until)
    assert (now["active"], now["texts"], now["by"]) == (True, TEXT, "vera")
    assert room.said == [("sr", TEXT["sr"])], "the sound is there before the first caller asks for it"
    assert room.file.current().texts == TEXT
    async with room.deps.database.read() as connection:
        rows = (await connection.execute(select(audit.c.actor, audit.c.action))).all()
    assert ("vera", "notice_on") in [tuple(row) for row in rows]
    room.clock.forward(hours=2)
    assert (await room.json("GET", PATH))["active"] is False
    assert room.file.current() is None


async def test_it_is_switched_off_and_off_twice_is_no_error(room):
    await put(room)
    for _ in range(2):
        assert (await put(room, active=False, texts={}))["active"] is False
    assert room.file.current() is None


@pytest.mark.parametrize(("user", "status"), [("ana", 403), ("vodovod", 403), ("vera", 200), ("admin", 200)])
async def test_supervisors_and_administrators_may(room, user, status):
    await put(room, status, user=user)
    assert (room.file.current() is not None) == (status == 200)


async def test_who_is_nobody_may_not(room):
    response = await room.ask("PUT", PATH, user=None, json={"active": True, "texts": TEXT})
    assert response.status == 401
    assert room.file.current() is None


@pytest.mark.parametrize(
    ("wanted", "status", "field"),
    [
        ({"until": (NOW - timedelta(seconds=1)).isoformat()}, 422, "until"),
        ({"until": NOW.isoformat()}, 422, "until"),
        ({"until": (NOW + timedelta(days=14, seconds=1)).isoformat()}, 422, "until"),
        ({"texts": {"sr": "a" * 601}}, 422, "texts.sr"),
        ({"texts": {}}, 422, "texts"),
        ({"texts": {"sr": "  "}}, 422, "texts"),
        ({"texts": {"de": "Kein Wasser"}}, 422, "texts"),
        ({"texts": {"sr": "neizgovorivo"}}, 502, "texts.sr"),
    ],
)
async def test_what_is_refused_leaves_the_notice_as_it_was(room, wanted, status, field):
    await put(room)
    refused = await put(room, status, **wanted)
    assert refused["field"] == field
    assert room.file.current().texts == TEXT


async def test_six_hundred_characters_are_the_most(room):
    await put(room, texts={"sr": "a" * 600})
    assert len(room.file.current().texts["sr"]) == 600
