from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from calls.ids import CaseNumber
from calls.ports import CaseStatusAnswer
from cases.town_loader import load_town
from public_site.app import build_app
from public_site.dependencies import PublicDependencies
from public_site.texts import all_texts
from storage.database import Database, DatabaseDown

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NUMBER = CaseNumber.mint(2026, 1, 41)


class Status:
    fails = False

    async def status_of(self, number, pin):
        if self.fails:
            raise DatabaseDown("gone")
        if number != NUMBER or pin != "1234":
            return None
        return CaseStatusAnswer(number, "ordered", "burst_main", NOW, NOW, None)


@pytest.fixture
async def site(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    await database.create_all()
    town = load_town(Path(__file__).parents[2] / "municipality")
    status = Status()
    app = build_app(PublicDependencies(database, status, town, lambda: NOW))
    async with TestClient(TestServer(app)) as client:
        client.status = status
        yield client
    await database.close()


async def ask(site, number, pin, language="en"):
    response = await site.post(f"/?language={language}", data={"number": number, "pin": pin})
    assert response.status == 200
    return await response.text()


async def test_number_and_pin_show_the_case(site):
    page = await ask(site, str(NUMBER), "1234")
    assert "order sent" in page
    assert str(NUMBER) in page


@pytest.mark.parametrize(
    ("language", "word"), [("sr", "nalog izdat"), ("hu", "megrendelés kiadva"), ("ro", "ordin trimis")]
)
async def test_the_answer_is_in_the_language_asked_for(site, language, word):
    assert word in await ask(site, NUMBER.digits, "1234", language)


@pytest.mark.parametrize(
    ("number", "pin", "said"),
    [
        (NUMBER.digits, "9999", "no report with this number"),
        ("123", "1", "not a report number"),
        ("", "", "not a report"),
    ],
)
async def test_what_is_wrong_is_said(site, number, pin, said):
    assert said in await ask(site, number, pin)


async def test_an_outage_is_said_and_nothing_typed_is_lost(site):
    site.status.fails = True
    page = await ask(site, NUMBER.digits, "1234")
    assert "cannot be reached" in page
    assert f'value="{NUMBER.digits}"' in page


async def test_what_was_typed_is_never_markup(site):
    assert "<script>" not in await ask(site, "<script>alert(1)</script>", "1")


async def test_headers_forbid_everything_that_is_not_needed(site):
    response = await site.get("/")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.cookies == {}


async def test_health(site):
    assert (await site.get("/healthz")).status == 200
    assert (await site.get("/readyz")).status == 200


def test_every_language_says_everything():
    keys = {language: set(texts) for language, texts in all_texts().items()}
    assert set(keys) == {"sr", "en", "hu", "sk", "ro"}
    assert all(found == keys["sr"] for found in keys.values())
    from cases.lifecycle import Status as CaseStatus

    assert {f"status.{status.value}" for status in CaseStatus} <= keys["sr"]
    texts = [text for language in all_texts().values() for text in language.values()]
    assert [text for text in texts if "{" in text or not text.strip()] == []


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "said"),
    [
        ("GET", "/nothing-here?language=sr", None, 404, "Ove strane nema."),
        ("GET", "/nothing/here?language=en", None, 404, "This page does not exist."),
        ("PUT", "/?language=ro", None, 405, "Nu am putut citi cererea."),
        ("POST", "/?language=hu", {"number": "1" * 20_000}, 413, "Ezt nem tudtuk elolvasni."),
    ],
)
async def test_an_error_is_a_page_in_the_language_asked_for_with_a_way_on(site, method, path, data, status, said):
    response = await site.request(method, path, data=data)
    page = await response.text()
    assert (response.status, response.content_type) == (status, "text/html")
    assert said in page
    assert 'href="/?language=' in page
    assert "311" in page, "the telephone number stands there, too"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_fault_of_ours_is_said_and_logged(site, caplog):
    site.status.status_of = None
    response = await site.post("/?language=en", data={"number": NUMBER.digits, "pin": "1234"})
    assert response.status == 500
    assert "cannot be reached now" in await response.text()
    assert "Traceback" in caplog.text
