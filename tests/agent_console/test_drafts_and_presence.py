"""Drafts on the server, the wall through them, and who sees whom on a case or a draft."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from agent_console.live_socket import HUB
from calls.caller import Caller
from storage.desk_tables import case_drafts

CALL = "1700000001.1"
DRAFT = f"/api/v1/drafts/{CALL}"


async def write(console, name, value, status=200, *, user="ana", seen=0, path=DRAFT):
    return await console.json("PATCH", path, status, user=user, json={"name": name, "value": value, "seen": seen})


async def test_each_field_is_kept_and_found_by_another_browser(console):
    first = await write(console, "description", "voda na kolovozu")
    await write(console, "service_code", "burst_main")
    await write(console, "description", "voda na kolovozu i trotoaru", seen=first["version"])
    found = await console.json("GET", DRAFT)
    assert {name: field["value"] for name, field in found["fields"].items()} == {
        "description": "voda na kolovozu i trotoaru",
        "service_code": "burst_main",
    }
    assert found["begun_by"] == "ana"


async def test_who_reports_is_behind_the_wall_while_it_is_still_a_draft(console, tmp_path):
    await write(console, "name", "Petar Petrović")
    await write(console, "contact", "+381641234567")
    assert (await console.json("GET", DRAFT))["wall"] == {"name": "Petar Petrović", "contact": "+381641234567"}
    assert (await console.json("GET", DRAFT, user="boris"))["wall"] == {}, "it is Ana's, and it is not Boris's call"
    console.app[HUB].board.note_caller(CALL, Caller.parse("0641234567"), console.clock())
    console.app[HUB].board.calls[CALL] = (
        console.app[HUB].board.calls[CALL].__class__(linkedid=CALL, arrived_at=console.clock(), operator="2002")
    )
    assert (await console.json("GET", DRAFT, user="boris"))["wall"]["name"] == "Petar Petrović"
    async with console.deps.database.read() as connection:
        assert (await connection.execute(select(case_drafts))).all() == []
    raw = (tmp_path / "identity.db").read_bytes() + (tmp_path / "centrala.db").read_bytes()
    assert b"Petrovi" not in raw
    assert b"641234567" not in raw


async def test_two_people_on_one_field_overwrite_nothing_unseen(console):
    await write(console, "description", "piše Ana")
    refused = await write(console, "description", "piše Boris", 409, user="boris")
    assert (refused["error_id"], refused["value"], refused["by"], refused["version"]) == (
        "conflict",
        "piše Ana",
        "ana",
        1,
    )
    await write(console, "description", "piše Boris", user="boris", seen=1)
    await write(console, "street", "Vidovdanska", user="boris")
    found = await console.json("GET", DRAFT)
    assert {name: (one["value"], one["by"]) for name, one in found["fields"].items()} == {
        "description": ("piše Boris", "boris"),
        "street": ("Vidovdanska", "boris"),
    }


async def test_a_saved_case_takes_its_draft_with_it(console):
    await write(console, "description", "rupa")
    await write(console, "name", "Petar")
    body = {"description": "rupa", "linkedid": CALL}
    await console.json("POST", "/api/v1/cases", 201, json=body, key="draft-case-1")
    found = await console.json("GET", DRAFT)
    assert (found["fields"], found["wall"]) == ({}, {})


async def test_a_draft_without_a_call_is_its_authors_alone(console):
    await write(console, "description", "na šalteru", path="/api/v1/drafts/mine")
    assert (await console.json("GET", "/api/v1/drafts/mine", user="boris"))["fields"] == {}
    lines = (await console.json("GET", "/api/v1/drafts"))["items"]
    assert [line["key"] for line in lines] == ["mine"]
    assert (await console.json("GET", "/api/v1/drafts", user="boris"))["items"] == []
    assert (await console.ask("GET", "/api/v1/drafts/user:ana", user="boris")).status == 404


async def test_a_draft_that_nobody_touched_for_three_days_is_gone_from_both_stores(console):
    await write(console, "description", "staro")
    await write(console, "name", "Petar")
    console.clock.now += timedelta(hours=73)
    found = await console.json("GET", DRAFT)
    assert (found["fields"], found["wall"]) == ({}, {})
    await write(console, "description", "novo", path="/api/v1/drafts/1700000009.9")
    await write(console, "name", "Novi", path="/api/v1/drafts/1700000009.9")
    async with console.deps.database.read() as connection:
        keys = (await connection.execute(select(case_drafts.c.key))).scalars().all()
    assert keys == ["1700000009.9"]
    async with console.deps.identity._database.read() as connection:
        assert (await connection.execute(text("select count(*) from draft_identities"))).scalar() == 1


async def test_what_is_thrown_away_is_gone(console):
    await write(console, "description", "greška")
    await write(console, "contact", "+381641234567")
    await console.json("DELETE", DRAFT)
    found = await console.json("GET", DRAFT)
    assert (found["fields"], found["wall"]) == ({}, {})


@pytest.mark.parametrize("user", ["vodovod", "ekipa", "admin"])
async def test_drafts_are_the_desks(console, user):
    assert (await console.ask("GET", DRAFT, user=user)).status == 403
    refused = await console.ask("PATCH", DRAFT, user=user, json={"name": "name", "value": "x"})
    assert refused.status == 403


async def live(console, user):
    socket = await console.client.ws_connect("/api/v1/live", headers={"Authorization": f"Bearer token-of-{user}"})
    assert (await socket.receive_json(timeout=30))["type"] == "hello"
    return socket


async def test_two_on_one_case_see_one_another_until_one_leaves(console):
    ana, boris = await live(console, "ana"), await live(console, "boris")
    place = {"at": "case:26100017"}
    await ana.send_json(place)
    assert (await ana.receive_json(timeout=30))["data"] == {"place": "case:26100017", "people": ["ana"]}
    await boris.send_json(place)
    both = {"place": "case:26100017", "people": ["ana", "boris"]}
    assert (await ana.receive_json(timeout=30))["data"] == both
    assert (await boris.receive_json(timeout=30))["data"] == both
    await boris.close()
    assert (await ana.receive_json(timeout=30))["data"]["people"] == ["ana"]


async def test_a_field_written_by_one_appears_with_the_other_on_the_draft(console):
    boris = await live(console, "boris")
    await boris.send_json({"at": f"draft:{CALL}"})
    await boris.receive_json(timeout=30)
    await write(console, "street", "Vidovdanska")
    told = await boris.receive_json(timeout=30)
    assert (told["type"], told["data"]["field"], told["data"]["value"], told["data"]["by"]) == (
        "draft.changed",
        "street",
        "Vidovdanska",
        "ana",
    )
    await write(console, "name", "Petar")
    await boris.send_json({"at": ""})
    assert console.app[HUB].presence.people(f"draft:{CALL}") in (("boris",), ())


@pytest.mark.parametrize(
    "said", ['{"at": "case:1; drop"}', "no json", '["at"]', '{"at": 7}', json.dumps({"at": "draft:" + "x" * 400})]
)
async def test_what_a_client_makes_up_is_nowhere_and_harms_nobody(console, said):
    socket = await live(console, "ana")
    await socket.send_str(said)
    await socket.send_json({"at": "case:26100017"})
    assert (await socket.receive_json(timeout=30))["data"]["place"] == "case:26100017"


async def test_an_administrator_is_at_no_case(console):
    socket = await live(console, "admin")
    await socket.send_json({"at": "case:26100017"})
    ana = await live(console, "ana")
    await ana.send_json({"at": "case:26100017"})
    assert (await ana.receive_json(timeout=30))["data"]["people"] == ["ana"]
