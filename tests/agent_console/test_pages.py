import re
from pathlib import Path

import pytest

from agent_console.pages.moments import clock, duration
from agent_console.pages.texts import catalogue
from calls.caller import Caller
from calls.events import Event, EventType
from calls.outcomes import CallOutcome
from cases.ladder import AttemptOutcome
from cases.lifecycle import Status
from cases.order_reasons import OrderReason
from tests.agent_console.conftest import NOW
from tests.agent_console.test_calls_api import CALL, ring, store_call, store_recording
from tests.agent_console.test_cases_api import make

HTML = {"Accept": "text/html"}
TEMPLATES = Path(__file__).parents[2] / "agent_console" / "templates"


def test_both_languages_have_the_same_words():
    assert set(catalogue("sr")) == set(catalogue("en"))
    places = re.compile(r"\{(\w+)\}")
    for key, text in catalogue("sr").items():
        assert set(places.findall(text)) == set(places.findall(catalogue("en")[key])), key


def test_every_word_a_template_asks_for_exists():
    words = catalogue("sr")
    for template in TEMPLATES.glob("*.html"):
        for key in re.findall(r"""\bt\(["']([\w.]+)["'][,)]""", template.read_text("utf-8")):
            assert key in words, f"{template.name}: {key}"


@pytest.mark.parametrize(
    ("group", "names"),
    [("status", Status), ("outcome", CallOutcome), ("order_why", OrderReason), ("attempt", AttemptOutcome)],
)
def test_every_state_has_its_word(group, names):
    assert [str(name) for name in names if f"{group}.{name}" not in catalogue("sr")] == []


def test_durations_read_as_people_say_them():
    assert [duration(seconds) for seconds in (5, 65, 3600, 15_600, 180_000)] == [
        "5 s",
        "1 min",
        "1 h",
        "4 h 20 min",
        "2 d 2 h",
    ]
    assert [clock(seconds) for seconds in (None, 65, 3725)] == ["–", "1:05", "1:02:05"]


async def page(console, path, user="ana", status=200):
    response = await console.ask("GET", path, user=user, headers=HTML)
    text = await response.text()
    assert response.status == status, text
    assert " style=" not in text
    assert "<script>" not in text
    return text


@pytest.mark.parametrize(
    ("user", "path"),
    [("ana", path) for path in ("/console", "/console/cases", "/console/calls", "/console/missed", "/console/board")]
    + [
        ("vera", "/console/recordings"),
        ("vera", "/console/board"),
        ("admin", "/console/admin"),
    ],
)
async def test_pages_stand_when_there_is_nothing_yet(console, user, path):
    assert "undefined" not in await page(console, path, user)


async def test_go_to_finds_pages_cases_and_calls(console):
    case = await make(console)
    await store_call(console)
    await console.sign_in()
    for text, found in (("predmeti", "/console/cases"), (case["shown"], case["number"]), ("064 123 45 67", CALL)):
        data = {"q": text, "csrf": console.csrf}
        answer = await (await console.client.post("/console/go", data=data, headers=HTML)).text()
        assert found in answer, text


@pytest.mark.parametrize("path", ["/console/cases", "/console/calls"])
async def test_a_search_is_sent_as_a_form_and_never_stands_in_an_address(console, path):
    await console.sign_in("vera")
    await store_call(console)
    text = await (await console.client.get(path, params={"search": "064 999"}, headers=HTML)).text()
    assert "064 999" not in text
    data = {"search": "064 999", "csrf": console.csrf}
    answer = await console.client.post(path, data=data, headers=HTML)
    assert answer.status == 200
    assert 'value="064 999"' in await answer.text()
    for template in TEMPLATES.glob("*.html"):
        words = template.read_text("utf-8")
        for form in re.findall(r"<form[^>]*>(?:(?!</form>).)*</form>", words, re.DOTALL):
            if re.search(r'name="(search|q|contact|name|number|note|purpose)"', form):
                assert 'method="get"' not in form, template.name
        assert not re.search(r'name="(search|q)"[^>]*hx-get', words), template.name


async def test_pages_show_what_is_stored(console):
    case = await make(console)
    await store_call(console, case_number=case["number"])
    await store_recording(console)
    assert case["shown"] in await page(console, "/console/cases")
    assert "primljen" in await page(console, f"/console/cases/{case['number']}")
    assert "064 123 45 67" in await page(console, "/console/calls")
    assert case["shown"] in await page(console, "/console/calls")
    assert "razgovor" in await page(console, f"/console/calls/{CALL}")
    assert "rec-1" in await page(console, "/console/recordings?recording=rec-1", "vera")


async def test_the_desk_is_the_same_after_a_reload(console):
    await ring(console, answer=True)
    first = await page(console, "/console")
    assert "064 123 45 67" in first
    assert f'data-linkedid="{CALL}"' in first
    assert f'data-linkedid="{CALL}"' in await page(console, "/console")
    assert "064 123 45 67" not in await page(console, "/console", "boris")


async def test_the_pop_shows_open_cases_of_the_number(console):
    await store_call(console)
    case = await make(console, linkedid=CALL)
    await ring(console, linkedid="centrala-1700000001.9")
    assert case["shown"] in await page(console, "/console/pop/centrala-1700000001.9")
    assert case["shown"] in await page(console, "/console/desk/call")


async def test_a_withheld_number_is_its_own_state(console):
    board = console.app_board()
    board.note_caller(CALL, Caller.parse("anonymous"), NOW)
    board.apply(Event(EventType.POP, NOW, {"linkedid": CALL, "operator": "2001"}))
    assert "Skriven broj" in await page(console, "/console")


async def test_what_a_citizen_says_is_text_and_not_markup(console):
    case = await make(console, description="<img src=x onerror=alert(1)>", street='"><script>alert(1)</script>')
    for path in ("/console/cases", f"/console/cases/{case['number']}"):
        text = await page(console, path)
        assert "<img src=x" not in text
        assert "<script>alert" not in text


async def test_the_desk_stands_while_the_database_is_down(console, database_down):
    await console.sign_in()
    await ring(console, answer=True)
    database_down()
    response = await console.client.get("/console", headers=HTML)
    assert response.status == 200
    assert "064 123 45 67" in await response.text()


async def test_wrap_up_takes_the_call_off_the_desk_and_stands_on_its_case(console):
    await store_call(console)
    case = await make(console, linkedid=CALL)
    await ring(console, answer=True)
    console.app_board().apply(Event(EventType.CALL_ENDED, NOW, {"linkedid": CALL, "outcome": "operator"}))
    assert "Završetak razgovora" in await page(console, "/console")
    path = "/api/v1/operators/me/wrapup"
    await console.json("POST", path, 422, json={"outcome": "magic"}, key="wrapup-key-1")
    await console.json("POST", path, json={"outcome": "case_opened"}, key="wrapup-key-2")
    assert "Nema poziva" in await page(console, "/console")
    detail = await console.json("GET", f"/api/v1/cases/{case['number']}")
    assert detail["timeline"][-1]["data"]["outcome"] == "case_opened"


async def test_forms_on_the_case_page_work_without_scripts(console):
    case = await make(console)
    csrf = await console.sign_in()
    base = f"/console/cases/{case['number']}"
    for path, fields in (
        ("notes", {"text": "zvao opet", "key": "k" * 32}),
        ("notes", {"text": "zvao opet", "key": "k" * 32}),
        ("transitions", {"status": "assigned", "version": "1", "note": ""}),
        ("orders", {"crew": "", "key": "o" * 32, "urgent": "on", "hazards": "water_on_road"}),
    ):
        response = await console.client.post(f"{base}/{path}", data=fields | {"csrf": csrf}, allow_redirects=False)
        assert response.status == 303, await response.text()
    detail = await console.json("GET", f"/api/v1/cases/{case['number']}")
    assert detail["status"] == "ordered"
    assert [line["kind"] for line in detail["timeline"]] == ["created", "note", "transition", "order"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("transitions", {"status": "assigned", "version": "0", "note": ""}),
        ("transitions", {"status": "assigned", "version": "²", "note": ""}),
        ("transitions", {"status": "assigned", "version": "9" * 400, "note": ""}),
        ("transitions", {"status": "assigned", "version": "1", "note": "", "organisation": "v" * 300}),
        ("join", {"to": "26-00001-1", "version": "²"}),
        ("orders", {"crew": "c" * 300, "key": "o" * 32, "hazards": ["water_on_road"] * 9}),
    ],
)
async def test_a_form_that_no_page_made_is_refused_in_words(console, path, fields):
    case = await make(console)
    csrf = await console.sign_in()
    response = await console.client.post(f"/console/cases/{case['number']}/{path}", data=fields | {"csrf": csrf})
    assert response.status == 422, await response.text()
    detail = await console.json("GET", f"/api/v1/cases/{case['number']}")
    assert (detail["status"], len(detail["timeline"])) == ("received", 1)


async def test_each_role_begins_on_its_own_page(console):
    for user, address in (("ana", "/console"), ("vera", "/console/board"), ("admin", "/console/admin")):
        response = await console.ask("GET", "/", user=user)
        assert response.headers["Location"] == address
    assert "još nema strana" in await page(console, "/", "ekipa")


async def test_a_page_for_a_stranger_leads_to_the_sign_in(console):
    response = await console.ask("GET", "/console", user=None, headers=HTML)
    assert (response.status, response.headers["Location"]) == (303, "/login")
