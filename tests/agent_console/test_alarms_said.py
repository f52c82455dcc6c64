"""Alarms on the board and on the administrator's page: what is wrong and what to do, in the page's language alone."""

import re
from html import unescape

import pytest
from sqlalchemy import delete

from agent_console.pages.alarm_words import said
from agent_console.pages.languages import LANGUAGES
from agent_console.pages.texts import Texts, words_of
from calls.alarms import AlarmKind, alarm_id
from storage.alarm_repository import Alarm, raise_alarm
from storage.tables import alarms
from tests.agent_console.conftest import NOW

STORED = {"text": "STORED TEXT", "mend": "STORED MEND"}
COUNTED = {"count": 3, "which": "1700000000.12, 1700000000.13 …"}
RAISED = {kind: ("", {}) for kind in AlarmKind} | {
    AlarmKind.CALLS_ENDLESS: ("", COUNTED),
    AlarmKind.CASES_OVERDUE: ("", COUNTED),
    AlarmKind.CEL_MISSING: ("", {"count": 3}),
    AlarmKind.DEAD_LETTER: (7, {"recipient": "vodovod/ekipa-1"}),
    AlarmKind.DISK_LOW: ("", {"percent": 4, "which": "/srv/recordings"}),
    AlarmKind.IDLE_BESIDE_WAITING: ("", {"operators": "2001, 2002", "phones": "2001"}),
    AlarmKind.JOURNAL: ("1700000000.12:3", {}),
    AlarmKind.RECORDING_DAMAGED: ("1700000000.12", {}),
    AlarmKind.RECORDINGS_PURGE: ("", {"count": 3, "which": "/srv/recordings"}),
    AlarmKind.RECORDINGS_UNLINKED: ("", COUNTED),
    AlarmKind.RECORDINGS_WAITING: ("", COUNTED),
    AlarmKind.SEND_FAILED: ("order-1", {"case": "26-00041-7"}),
    AlarmKind.TRUNK_DOWN: ("telekom", {}),
}
"""Kind → what it is about, and the data that it is raised with."""


def made(name, **data):
    return Alarm(name, "critical", **STORED, since=NOW, data=data)


async def shown(console, path):
    """Return the text of the alarms on a page, one string each."""
    page = await (await console.client.get(path)).text()
    found = re.findall(r'<(article|div) class="(?:card )?alarm (?:critical|warning)">(.*?)</\1>', page, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "|", inside)) for _, inside in found]


async def put(console, name, data):
    async with console.deps.database.begin() as connection:
        await connection.execute(delete(alarms))
        await raise_alarm(connection, name, level="critical", **STORED, data=data, now=NOW)


async def sign_in_as(console, username, tag):
    csrf = await console.sign_in(username)
    await console.client.post("/language", data={"csrf": csrf, "language": tag}, allow_redirects=False)


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize(("username", "path"), [("vera", "/console/board"), ("admin", "/console/admin")])
async def test_every_kind_says_what_is_wrong_and_what_to_do_in_the_pages_language(console, tag, username, path):
    await sign_in_as(console, username, tag)
    for kind, (about, data) in RAISED.items():
        await put(console, alarm_id(kind, about), data)
        (text,) = await shown(console, path)
        for part in ("what", "do"):
            words = words_of(tag)[f"alarm.{kind}.{part}"]
            assert words.format(**{"about": about} | data) in text, (kind, text)
        assert "STORED" not in text, kind
        assert "–" not in text.replace(" – ", ""), kind
        assert not re.search(r"\{|\}", text), kind


async def test_serbian_stands_in_the_letters_of_the_page(console):
    await sign_in_as(console, "vera", "sr-Cyrl")
    await put(console, alarm_id(AlarmKind.TRUNK_DOWN, "telekom"), {})
    (text,) = await shown(console, "/console/board/live")
    assert "Линија telekom не ради; грађани можда не могу да зову." in text
    assert "Проверите мрежу и позовите даваоца линије; више каже centrala doctor" in text
    assert "Linija" not in text


@pytest.mark.parametrize(("username", "path"), [("vera", "/console/board"), ("admin", "/console/admin")])
async def test_a_kind_of_a_newer_version_shows_what_is_stored(console, username, path):
    await sign_in_as(console, username, "sr-Latn")
    await put(console, "roof_leaks:attic", {"which": "attic"})
    (text,) = await shown(console, path)
    assert STORED["text"] in text
    assert STORED["mend"] in text


async def test_names_and_paths_are_for_the_administrator(console):
    await sign_in_as(console, "admin", "sr-Latn")
    await put(console, alarm_id(AlarmKind.DISK_LOW), RAISED[AlarmKind.DISK_LOW][1])
    (text,) = await shown(console, "/console/admin")
    assert "/srv/recordings" in text
    (text,) = await shown(console, "/console/board")
    assert "slobodno je 4 %" in text
    assert "/srv/recordings" not in text


@pytest.mark.parametrize("tag", LANGUAGES)
def test_an_alarm_that_an_older_version_stored_has_dashes_for_what_it_does_not_name(tag):
    found = said(Texts(LANGUAGES[tag]), made("send_failed:order-1"))
    assert "–" in found.what
    assert "{" not in found.what + found.do


def test_what_is_stored_cannot_reach_into_a_sentence():
    """A name is a value: braces in it are letters."""
    found = said(Texts("sr"), made("trunk_down:{__class__}", about="other"))
    assert "Linija {__class__} ne radi" in found.what
