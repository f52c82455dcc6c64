import asyncio
import struct
import zlib

import pytest
from sqlalchemy import text

from calls.events import EventType
from calls.ids import CaseNumber

PIPE = {
    "service_code": "burst_main",
    "description": "voda na kolovozu",
    "street": "Vidovdanska",
    "house_number": "12",
    "latitude": 43.58,
    "longitude": 21.33,
}
REPORTER = {"name": "Mira", "contact": "064 123 4567", "tell_by": "phone"}


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
REST = chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND")


async def make(console, key="case-key-1", **changes):
    return await console.json("POST", "/api/v1/cases", 201, json=PIPE | changes, key=key)


async def test_a_case_gets_its_body_deadline_and_a_pin(console):
    case = await make(console)
    assert CaseNumber.parse(case["number"])
    assert case["organisation"] == "vodovod"
    assert case["due_at"] > case["created_at"]
    assert case["owner"] == "vodovod"
    assert len(case["pin"]) == 4
    found = await console.json("GET", "/api/v1/cases?search=vidovdanska")
    assert found["total"] == 1
    assert "pin" not in found["items"][0]


async def test_the_same_key_makes_one_case_and_answers_the_same(console):
    first = await make(console)
    again = await make(console)
    assert again == first
    assert (await console.json("GET", "/api/v1/cases"))["total"] == 1


async def test_a_key_is_remembered_for_a_day(console):
    first = await make(console)
    console.clock.forward(hours=25)
    assert (await make(console))["number"] != first["number"]


async def test_the_same_key_for_something_else_is_refused(console):
    await make(console)
    answer = await console.json("POST", "/api/v1/cases", 422, json=PIPE | {"street": "Druga"}, key="case-key-1")
    assert answer["error_id"] == "idempotency_key_reused"


async def test_a_refused_request_may_be_mended_under_the_same_key(console):
    wrong = await console.json("POST", "/api/v1/cases", 422, json={"service_code": "none"}, key="case-key-1")
    assert wrong["field"] == "service_code"
    assert (await make(console))["street"] == "Vidovdanska"


async def test_creating_without_a_key_is_refused(console):
    answer = await console.json("POST", "/api/v1/cases", 400, json=PIPE)
    assert answer["error_id"] == "idempotency_key_missing"


async def test_the_reporter_goes_behind_the_wall_and_nowhere_else(console, tmp_path):
    case = await make(console, reporter=REPORTER)
    stored = await console.deps.identity.reporter_of(CaseNumber(case["number"]))
    assert stored.number == "+381641234567"
    assert stored.name == "Mira"
    async with console.deps.database.read() as connection:
        tables = (await connection.execute(text("select name from sqlite_master where type='table'"))).scalars().all()
        everything = ""
        for table in tables:
            everything += str((await connection.execute(text(f'select * from "{table}"'))).all())  # noqa: S608
    assert "Vidovdanska" in everything
    assert "1234567" not in everything
    assert "Mira" not in everything
    assert case["pin"] not in [row for row in everything.split("'") if len(row) == 4]
    detail = await console.json("GET", f"/api/v1/cases/{case['number']}")
    assert "Mira" not in str(detail)


async def test_a_promise_to_call_needs_a_number(console):
    body = PIPE | {"reporter": {"contact": "nema", "tell_by": "phone"}}
    answer = await console.json("POST", "/api/v1/cases", 422, json=body, key="case-key-2")
    assert answer["field"] == "reporter.contact"
    assert (await console.json("GET", "/api/v1/cases"))["total"] == 0


async def test_a_transition_follows_the_table_and_the_version(console):
    case = await make(console)
    path = f"/api/v1/cases/{case['number']}/transitions"
    bad = await console.json("POST", path, 409, json={"status": "closed", "version": 1}, key="transition-1")
    assert bad["error_id"] == "illegal_transition"
    moved = await console.json("POST", path, json={"status": "assigned", "version": 1}, key="transition-2")
    assert (moved["status"], moved["version"]) == ("assigned", 2)
    late = await console.json(
        "POST", path, 409, json={"status": "waiting", "version": 1, "note": "kiša"}, key="transition-3"
    )
    assert late["error_id"] == "conflict"


async def test_notes_stand_on_the_timeline(console):
    case = await make(console)
    await console.json(
        "POST", f"/api/v1/cases/{case['number']}/notes", 201, json={"text": "zvao opet"}, key="note-key-1"
    )
    detail = await console.json("GET", f"/api/v1/cases/{case['number']}")
    assert [line["kind"] for line in detail["timeline"]] == ["created", "note"]


async def test_an_order_is_stored_with_its_outbox_row_and_says_nothing_of_the_reporter(console):
    case = await make(console, reporter=REPORTER, description="kaže Mira, 064 123 4567")
    path = f"/api/v1/cases/{case['number']}/orders"
    order = await console.json("POST", path, 201, json={"urgent": True}, key="order-key-1")
    assert order["state"] == "pending"
    assert "Vidovdanska" in order["text"]
    assert "Mira" not in order["text"]
    assert "123" not in order["text"].replace(" ", "").replace(case["number"], "")
    assert (await console.json("POST", path, 201, json={"urgent": True}, key="order-key-1"))["id"] == order["id"]
    async with console.deps.database.read() as connection:
        rows = (await connection.execute(text("select kind, payload from outbox"))).all()
    assert len(rows) == 1
    detail = await console.json("GET", f"/api/v1/cases/{case['number']}")
    assert detail["status"] == "ordered"
    assert (await console.json("GET", f"/api/v1/orders/{order['id']}"))["case_number"] == case["number"]


async def test_a_second_order_while_one_runs_is_refused(console):
    case = await make(console)
    path = f"/api/v1/cases/{case['number']}/orders"
    await console.json("POST", path, 201, json={}, key="order-key-1")
    answer = await console.json("POST", path, 409, json={}, key="order-key-2")
    assert answer["error_id"] == "illegal_transition"


async def test_a_photo_is_stored_without_its_metadata(console):
    case = await make(console)
    picture = HEAD + chunk(b"tEXt", b"owner") + REST
    path = f"/api/v1/cases/{case['number']}/photos"
    stored = await console.json("POST", path, 201, data=picture, key="photo-key-1")
    response = await console.ask("GET", f"{path}/{stored['id']}")
    assert await response.read() == HEAD + REST
    refused = await console.json("POST", path, 422, data=b"GIF89a", key="photo-key-2")
    assert refused["field"] == "photo"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"latitude": 91}', b'{"kind": "magic"}', b"\xff"])
async def test_bad_bodies_are_problems(console, body):
    answer = await console.ask("POST", "/api/v1/cases", data=body, key="bad-body-1")
    assert answer.status in (400, 422)
    assert (await answer.json(content_type=None))["error_id"] in ("bad_request", "invalid_field")


async def test_a_change_is_told_to_live_clients(console):
    subscription = console.bus.subscribe()
    case = await make(console)
    async with asyncio.timeout(30):
        event = await subscription.get()
    assert event.type is EventType.CASE_CHANGED
    assert event.data == {"case": case["number"], "status": "received", "event": "created"}


async def test_a_category_says_what_it_means(console):
    found = await console.json("GET", "/api/v1/services/burst_main")
    assert found["organisation"] == "vodovod"
    assert found["procedure"]
    assert (await console.json("GET", "/api/v1/services/none", 404))["error_id"] == "not_found"


async def test_streets_are_found_without_diacritics_and_the_pin_follows_the_number(console):
    street = console.deps.town.gazetteer.streets[0]
    found = await console.json("GET", "/api/v1/streets", params={"search": street.name.lower()[:6]})
    assert found["total"] > 0
    geo = await console.json("GET", "/api/v1/streets/map")
    assert len(geo["features"]) == len(console.deps.town.gazetteer.streets)
