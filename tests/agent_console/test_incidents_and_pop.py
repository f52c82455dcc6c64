"""The right person and case first: exact numbers, several people on one number, incidents with their reasons."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from agent_console.incidents.service import SAME_SERVICE, SAME_STREET, WITHIN, Place, reasons
from agent_console.live_socket import HUB
from calls.caller import Caller
from calls.events import Event, EventType
from storage.tables import calls, cases
from tests.agent_console.conftest import NOW

CALL = "1700000001.1"
HERE = {"latitude": 43.5801, "longitude": 21.3301}


async def make_case(console, key, *, linkedid=None, reporter=None, **more):
    body = {"service_code": "burst_main", "street": "Vidovdanska", **HERE, **more}
    if linkedid:
        body["linkedid"] = linkedid
    if reporter:
        body["reporter"] = reporter
    return await console.json("POST", "/api/v1/cases", 201, json=body, key=f"make-case-{key}")


async def call_of(console, linkedid, number):
    token = await console.deps.identity.remember_caller(number)
    async with console.deps.database.begin() as connection:
        row = {"linkedid": linkedid, "direction": "inbound", "arrived_at": NOW, "synthetic": False}
        await connection.execute(insert(calls).values(row | {"caller_token": token, "caller_kind": "number"}))


async def ring(console, presented, linkedid=CALL, *, inside=False):
    board = console.app[HUB].board
    board.note_caller(linkedid, Caller.parse(presented, inside=inside), NOW)
    for kind in (EventType.POP, EventType.CALL_RINGING):
        board.apply(Event(kind, NOW, {"linkedid": linkedid, "operator": "2001", "queue": "operators"}))


async def pop(console):
    return await (await console.ask("GET", "/console/desk/call")).text()


async def count_cases(console):
    async with console.deps.database.read() as connection:
        return len((await connection.execute(select(cases.c.number))).all())


async def test_the_numbers_open_case_comes_first_and_a_pop_makes_no_case(console):
    await call_of(console, "1.1", "+381641234567")
    case = await make_case(console, 1, linkedid="1.1")
    before = await count_cases(console)
    await ring(console, "0641234567")
    page = await pop(console)
    assert page.index(case["shown"]) < page.index('id="near"')
    assert "isti broj" in page
    assert f'data-about="{case["number"]}"' in page
    assert await count_cases(console) == before, "opening a pop opens no ticket (zammad 3107)"
    await console.json("POST", f"/api/v1/cases/{case['number']}/calls", 201, json={"linkedid": CALL}, key="about-1234")
    timeline = (await console.json("GET", f"/api/v1/cases/{case['number']}"))["timeline"]
    assert timeline[-1]["data"] == {"linkedid": CALL, "what": "about"}
    assert await count_cases(console) == before


@pytest.mark.parametrize("presented", ["064123456", "06412345678", "+381641234568", "1234567", "anonymous"])
async def test_a_number_that_only_resembles_matches_nobody(console, presented):
    await call_of(console, "1.1", "+381641234567")
    case = await make_case(
        console,
        1,
        linkedid="1.1",
        description="zovite +381641234567",
        reporter={"name": "Petar", "contact": "0641234567", "tell_by": "phone"},
    )
    await ring(console, presented)
    page = await pop(console)
    assert case["shown"] not in page, "digits in a text are no caller (zammad 2143)"
    assert "Petar" not in page


async def test_several_people_on_one_number_are_all_shown_and_none_is_chosen(console):
    for key, name in ((1, "Petar"), (2, "Milica"), (3, "Petar")):
        await make_case(console, key, reporter={"name": name, "contact": "0641234567", "tell_by": "phone"})
    await ring(console, "0641234567")
    page = await pop(console)
    assert page.count("data-person") == 2
    assert 'data-name="Petar"' in page
    assert 'data-name="Milica"' in page
    assert "Više osoba na ovom broju: 2" in page
    column = page.partition('id="context-column"')[0]
    assert "Petar" not in column, "the call column names nobody: a person asks who it is"


@pytest.mark.parametrize(
    ("presented", "inside", "kind", "words"),
    [
        ("0641234567", False, "number", "nije proveren"),
        ("anonymous", False, "withheld", "Broj je skriven"),
        ("2002", True, "internal", "Kolega sa unutrašnjeg telefona: Boris"),
        ("2002", False, "invalid", "nije telefonski broj"),
    ],
)
async def test_each_kind_of_caller_is_a_state_of_its_own(console, presented, inside, kind, words):
    await ring(console, presented, inside=inside)
    page = await pop(console)
    assert f'data-kind="{kind}"' in page
    assert words in page


def test_each_match_has_its_reason_and_what_is_far_is_no_match(new_case_like):
    place = Place("burst_main", "Vidovdanska", 43.5801, 21.3301)
    near = new_case_like(street="Druga", latitude=43.5802, longitude=21.3302)
    assert reasons(place, near)[0] == (SAME_SERVICE, WITHIN)
    assert reasons(place, replace(near, service_code="pothole"))[0] == (WITHIN,)
    assert reasons(place, replace(near, latitude=None, longitude=None, street="VIDOVDANSKA"))[0] == (
        SAME_SERVICE,
        SAME_STREET,
    )
    assert reasons(place, replace(near, latitude=43.6, longitude=21.4)) == ((), pytest.approx(6000, rel=0.3))


@pytest.fixture
def new_case_like():
    from calls.ids import CaseNumber
    from cases.case import Case, CaseChannel, CaseKind

    def make(**changes):
        values = {
            "number": CaseNumber.mint(2026, 1, 1), "pin_hash": "", "kind": CaseKind.REQUEST,
            "channel": CaseChannel.PHONE,
            "owner": "vodovod", "created_by": "ana", "created_at": NOW, "service_code": "burst_main", "updated_at": NOW,
        }  # fmt: skip
        return Case(**values | changes)

    return make


async def test_callers_join_an_incident_keep_their_numbers_and_are_counted(console):
    lead = await make_case(console, 1)
    second = await make_case(console, 2)
    third = await make_case(console, 3, street="Daleka", latitude=43.61, longitude=21.4)
    found = await console.json(
        "GET",
        f"/api/v1/matches?service_code=burst_main&street=Vidovdanska&latitude={HERE['latitude']}&longitude={HERE['longitude']}",
    )
    assert {one["case"]["number"] for one in found["items"]} == {lead["number"], second["number"]}
    assert found["items"][0]["why"] == ["same_service", "within", "same_street"]

    joined = await console.json(
        "POST", f"/api/v1/cases/{second['number']}/join", json={"to": lead["shown"]}, key="join-0001"
    )
    assert (joined["case"]["status"], joined["lead_case"], joined["callers"]) == ("duplicate", lead["number"], 2)
    bare = await console.json(
        "POST", f"/api/v1/cases/{third['number']}/join", 422, json={"to": lead["number"]}, key="join-0002"
    )
    assert bare["field"] == "note", "a merge without a reason is refused"
    again = {"to": second["number"], "note": "ista cev, rekao dispečer"}
    joined = await console.json("POST", f"/api/v1/cases/{third['number']}/join", json=again, key="join-0003")
    assert (joined["lead_case"], joined["callers"]) == (lead["number"], 3), "the incident of a joined case is meant"

    timeline = (await console.json("GET", f"/api/v1/cases/{lead['number']}"))["timeline"]
    assert [line["data"]["joined"] for line in timeline if line["kind"] == "incident"] == [
        second["number"],
        third["number"],
    ]
    mine = (await console.json("GET", f"/api/v1/cases/{second['number']}"))["timeline"][-1]["data"]
    assert (mine["to"], mine["lead"], mine["why"]) == (
        "duplicate",
        lead["number"],
        ["same_service", "within", "same_street"],
    )
    page = await (await console.ask("GET", f"/console/cases/{lead['number']}")).text()
    assert "prijava: 3" in page
    assert "ista vrsta · na 0 m · ista ulica" in page, "the reason stands in the page's own words"
    assert "ista cev, rekao dispečer" in page

    body = {"status": "reopened", "version": 2, "note": "ipak drugi kvar"}
    await console.json("POST", f"/api/v1/cases/{second['number']}/transitions", json=body, key="reopen-01")
    found = await console.json("GET", "/api/v1/matches?street=Vidovdanska&service_code=burst_main")
    assert {one["case"]["number"]: one["callers"] for one in found["items"]} == {lead["number"]: 2, second["number"]: 1}


async def test_a_duplicate_of_itself_or_of_what_has_ended_is_refused(console):
    lead = await make_case(console, 1)
    second = await make_case(console, 2)
    itself = await console.json(
        "POST", f"/api/v1/cases/{lead['number']}/join", 422, json={"to": lead["number"]}, key="join-0011"
    )
    assert itself["field"] == "to"
    body = {"status": "rejected", "version": 1, "note": "šala"}
    await console.json("POST", f"/api/v1/cases/{lead['number']}/transitions", json=body, key="reject-01")
    ended = await console.json(
        "POST", f"/api/v1/cases/{second['number']}/join", 409, json={"to": lead["number"]}, key="join-0012"
    )
    assert ended["error_id"] == "illegal_transition"
    stale = {"to": second["number"], "version": 9}
    third = await make_case(console, 3)
    assert (await console.json("POST", f"/api/v1/cases/{third['number']}/join", 409, json=stale, key="join-0013"))[
        "error_id"
    ] == "conflict"


async def test_a_change_that_came_first_is_shown_and_the_typed_reason_is_kept(console):
    case = await make_case(console, 1)
    await console.sign_in()
    body = {"status": "waiting", "version": 1, "note": "čeka se bager"}
    await console.json("POST", f"/api/v1/cases/{case['number']}/transitions", user="boris", json=body, key="change-01")
    form = {"csrf": console.csrf, "version": "1", "status": "rejected", "note": "moje obrazloženje"}
    response = await console.client.post(
        f"/console/cases/{case['number']}/transitions", data=form, headers={"Accept": "text/html"}
    )
    page = await response.text()
    assert response.status == 409
    assert "čeka se bager" in page
    assert "boris" in page
    assert 'value="moje obrazloženje"' in page
