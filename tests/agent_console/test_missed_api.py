"""The worklist's addresses: one row per caller in words, closing, calling back with every refusal."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.town_view import place_names
from calls.channel_variables import LANGUAGE
from cases.town import CitizenCalls
from ivr.loader import load_flows
from storage.missed_tables import missed_attempts
from storage.tables import audit, call_steps, calls, missed_calls
from tests.agent_console.conftest import NOW

NUMBER = "+381641234567"
MUNICIPALITY = Path(__file__).parents[2] / "municipality"


@pytest.fixture
async def room(console):
    """A console with a line that calls out and the sample town's menu in words."""
    town = replace(
        console.deps.town,
        citizen_calls=CitizenCalls(trunk="line", allow=("+38164XXXXXXX",)),
        places=place_names(load_flows(MUNICIPALITY / "flows")),
    )
    object.__setattr__(console.app[DEPENDENCIES], "town", town)
    return console


async def put(console, number, *, caller=NUMBER, reason="abandoned_menu", steps=()):
    token = await console.deps.identity.remember_caller(caller) if caller else None
    async with console.deps.database.begin() as connection:
        call = {"linkedid": f"1.{number}", "direction": "inbound", "arrived_at": NOW, "synthetic": False}
        call |= {"caller_token": token, "caller_kind": "number" if token else "withheld", "language": "sr"}
        await connection.execute(insert(calls).values(call))
        row = {"id": number, "linkedid": f"1.{number}", "reason": reason, "at": NOW - timedelta(minutes=number)}
        await connection.execute(insert(missed_calls).values(row | {"last_step": "bus", "waited": 65.0}))
        for step, (kind, data) in enumerate(steps, start=1):
            one = {"linkedid": f"1.{number}", "step": step, "kind": kind, "at": NOW, "node": 1, "data": data}
            await connection.execute(insert(call_steps).values(one))


async def attempts(console):
    async with console.deps.database.read() as connection:
        return (await connection.execute(select(missed_attempts))).mappings().all()


async def test_a_row_says_in_words_how_far_the_caller_came_and_what_they_heard(room):
    await put(
        room,
        1,
        steps=(
            ("call.menu", {"flow": "inbound", "node": "main", "keys": "1"}),
            ("call.information", {"flow": "information", "node": "bus_city"}),
            ("call.flow_ended", {"flow": "information", "node": "bus", "destination": "hangup"}),
        ),
    )
    await put(room, 2, reason="abandoned_queue")
    (row,) = (await room.json("GET", "/api/v1/missed"))["items"]
    assert (row["count"], row["reason"], row["caller"]["shown"]) == (2, "abandoned_queue", "064 123 45 67")
    older = next(call for call in row["calls"] if call["id"] == 1)
    assert [step["words"] for step in older["path"]] == ["glavni meni", "gradski autobusi"]
    assert (older["heard"], older["last_words"], older["waited"]) == ("gradski autobusi", "autobusi", 65.0)
    assert row["can_call_back"]


async def test_a_call_that_came_in_while_the_list_was_read_is_not_closed_unseen(room):
    await put(room, 1)
    await put(room, 2)
    body = {"how": "reason", "note": "greška", "through": 1}
    answer = await room.json("POST", "/api/v1/missed/1/close", json=body, key="close-key-1")
    assert answer["calls"] == ["1.1"]
    assert (await room.json("GET", "/api/v1/missed"))["total"] == 1


async def test_a_case_closes_it_and_has_the_calls_on_its_timeline(room):
    await put(room, 1)
    wrong = await room.json(
        "POST", "/api/v1/missed/1/close", 422, json={"how": "case", "note": "12"}, key="close-key-2"
    )
    assert wrong["field"] == "note"
    case = await room.json("POST", "/api/v1/cases", 201, json={"description": "Rupa"}, key="case-key-123")
    body = {"how": "case", "note": case["shown"]}
    await room.json("POST", "/api/v1/missed/1/close", json=body, key="close-key-3")
    timeline = (await room.json("GET", f"/api/v1/cases/{case['number']}"))["timeline"]
    assert ("call", {"linkedid": "1.1", "what": "missed"}) in [(line["kind"], line["data"]) for line in timeline]


async def test_one_click_rings_the_operator_then_the_citizen(room):
    await put(room, 1)
    answer = await room.json("POST", "/api/v1/missed/1/callback", 201, json={}, key="callback-key-1")
    ((_what, wanted),) = [done for done in room.pbx.done if done[0] == "originate"]
    assert (wanted["endpoint"], wanted["context"], wanted["extension"]) == ("PJSIP/2001", "to-citizen", NUMBER)
    assert wanted["channel_id"] == answer["linkedid"]
    assert wanted["variables"] == {LANGUAGE: "sr"}
    assert NUMBER not in str(answer), "the number stays between the identity store and the exchange"
    (made,) = await attempts(room)
    assert (made["linkedid"], made["called"], made["username"]) == (answer["linkedid"], "1.1", "ana")
    assert room.app[HUB].board.calls[answer["linkedid"]].caller.number == NUMBER
    async with room.deps.database.read() as connection:
        rows = (await connection.execute(select(audit).where(audit.c.action == "callback"))).mappings().all()
    assert [(row["actor"], row["object"]) for row in rows] == [("ana", "1.1")]
    assert NUMBER not in str(rows)
    second = await room.json("POST", "/api/v1/missed/1/callback", 409, user="boris", json={}, key="callback-key-2")
    assert "ana" in second["detail"], "nobody is called twice at once (VQPlus, FreePBX 525)"


async def test_an_operator_who_does_not_pick_up_leaves_the_row_and_the_way_free(room):
    await put(room, 1)
    room.pbx.refuse = "no answer from PJSIP/2001"
    refused = await room.json("POST", "/api/v1/missed/1/callback", 502, json={}, key="callback-key-3")
    assert refused["error_id"] == "pbx_refused"
    room.pbx.refuse = ""
    await room.json("POST", "/api/v1/missed/1/callback", 201, json={}, key="callback-key-4")
    assert [one["outcome"] for one in await attempts(room)] == ["operator_absent", None]
    assert (await room.json("GET", "/api/v1/missed"))["total"] == 1


async def test_what_stands_in_the_way_of_a_callback_is_said(room):
    await put(room, 1, caller="")
    await put(room, 2, caller="+442071234567")
    await put(room, 3)
    ask = {"json": {}, "user": "ana"}
    assert (await room.json("POST", "/api/v1/missed/1/callback", 422, key="k-000001", **ask))["error_id"] == "no_number"
    abroad = await room.json("POST", "/api/v1/missed/2/callback", 422, key="k-000002", **ask)
    assert abroad["error_id"] == "number_not_allowed"
    vera = await room.json("POST", "/api/v1/missed/3/callback", 409, json={}, user="vera", key="k-000003")
    assert "extension" in vera["detail"]
    assert (await room.json("POST", "/api/v1/missed/99/callback", 404, key="k-000004", **ask))[
        "error_id"
    ] == "not_found"
    town = replace(room.deps.town, citizen_calls=None)
    object.__setattr__(room.app[DEPENDENCIES], "town", town)
    without = await room.json("POST", "/api/v1/missed/3/callback", 409, key="k-000005", **ask)
    assert without["error_id"] == "no_outbound_line"
    assert not (await room.json("GET", "/api/v1/missed"))["outbound_line"]
    assert [done for done in room.pbx.done if done[0] == "originate"] == []


async def test_the_page_says_when_the_town_has_no_line_that_calls_out(console):
    await put(console, 1)
    page = await (await console.ask("GET", "/console/missed")).text()
    assert 'id="no-line"' in page
    assert "data-callback=" not in page
    assert "064 123 45 67" in page


async def test_utilities_and_crews_see_no_worklist(console):
    for user in ("vodovod", "ekipa", "admin"):
        assert (await console.ask("GET", "/api/v1/missed", user=user)).status == 403
        assert (
            await console.ask("POST", "/api/v1/missed/1/callback", user=user, json={}, key="k-00000x")
        ).status == 403
