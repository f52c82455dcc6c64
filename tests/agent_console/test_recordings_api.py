"""Finding, marking and holding recordings; whose may be heard; every look in the audit log."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from calls.ids import CaseNumber
from recordings.vault import Part, seal
from storage.recording_gaps import Gap, save
from storage.tables import cases, recordings, users
from tests.agent_console.conftest import NOW
from tests.agent_console.test_calls_api import CALL, audits, store_call

OTHER = "centrala-1700000000.8"
CASE = CaseNumber.mint(2026, 1, 7)
SEARCH = "/api/v1/recordings/search"


@pytest.fixture
async def two(console):
    """Two recorded calls: one of 2001 about a case of the waterworks, one of 2002 in another queue."""
    await store_call(console, queue="operators", case_number=CASE.digits, search_text="2001 operator")
    await store_call(console, linkedid=OTHER, operator="2002", queue="heating", caller_token=None, outcome="failed")
    keys = console.deps.recording_keys
    for name, linkedid in (("rec-1", CALL), ("rec-2", OTHER)):
        path = f"calls/2026-11-22/{name}.sealed"
        parts = {
            "peaks": Part("application/octet-stream", b"\x02" + bytes([10, 20, 30, 40])),
            "sound": Part("audio/ogg", b"OggS" * 25),
        }
        seal(console.deps.recordings_dir / path, name, keys.for_sealing("2026-11"), parts, seconds=40.0)
        async with console.deps.database.begin() as connection:
            row = {"id": name, "linkedid": linkedid, "path": path, "kind": "call", "state": "complete", "seconds": 40.0}
            await connection.execute(insert(recordings).values(row | {"started_at": NOW}))
    async with console.deps.database.begin() as connection:
        row = {"number": CASE.digits, "kind": "request", "channel": "phone", "status": "received", "owner": "vodovod"}
        more = {"created_at": NOW, "updated_at": NOW, "created_by": "ana", "pin_hash": "", "organisation": "vodovod"}
        await connection.execute(insert(cases).values(row | more))
    return "rec-1", "rec-2"


async def found(console, user="vera", **asked):
    answer = await console.json("POST", SEARCH, user=user, json=asked)
    return [one["id"] for one in answer["items"]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["rec-1", "rec-2"]),
        ({"call": OTHER}, ["rec-2"]),
        ({"case": str(CASE)}, ["rec-1"]),
        ({"operator": "2001"}, ["rec-1"]),
        ({"number": "064 123 4567"}, ["rec-1"]),
        ({"text": "+381641234567"}, ["rec-1"]),
        ({"text": OTHER}, ["rec-2"]),
        ({"outcome": "failed"}, ["rec-2"]),
        ({"kind": "message"}, []),
        ({"begins": (NOW + timedelta(seconds=1)).isoformat()}, []),
        ({"begins": NOW.isoformat(), "before": (NOW + timedelta(seconds=1)).isoformat()}, ["rec-1", "rec-2"]),
    ],
)
async def test_a_recording_is_found_by_whatever_is_known_of_it(console, two, asked, expected):
    assert await found(console, **asked) == expected
    (row,) = await audits(console, "recordings_searched")
    assert row["actor"] == "vera"
    assert "4567" not in str(row["data"]), "of a number its token"


async def test_no_audit_no_list(console, two, monkeypatch):
    async def disk_full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr("agent_console.recordings.service.audit_repository.append", disk_full)
    answer = await console.ask("POST", SEARCH, user="vera", json={})
    assert answer.status >= 500
    assert "rec-1" not in await answer.text()


@pytest.mark.parametrize("asked", [{"case": "12"}, {"number": "abc"}, {"begins": "2026-11-22T09:00:00"}])
async def test_a_wrong_question_names_its_field(console, asked):
    answer = await console.json("POST", SEARCH, 422, user="vera", json=asked)
    assert answer["field"] == next(iter(asked))


async def limited(console, **values):
    async with console.deps.database.begin() as connection:
        await connection.execute(update(users).where(users.c.username == "vera").values(**values))


async def test_a_supervisor_of_one_body_hears_its_cases_only(console, two):
    await limited(console, organisation="vodovod")
    assert await found(console) == ["rec-1"]
    media = f"/api/v1/calls/{OTHER}/recordings/rec-2/media?purpose=provera"
    assert (await console.ask("GET", media, user="vera")).status == 404, "outside the scope it does not exist"
    for path in ("/api/v1/recordings/rec-2", "/console/recordings?recording=rec-2"):
        assert (await console.ask("GET", path, user="vera")).status == 404
    assert (await console.ask("GET", media.replace(OTHER, CALL).replace("rec-2", "rec-1"), user="vera")).status == 200


async def test_a_supervisor_of_one_queue_hears_that_queue_only(console, two):
    path = "/api/v1/users/vera/heard-queues"
    assert (await console.ask("PUT", path, user="vera", json={"queues": []})).status == 403
    await console.json("PUT", path, user="admin", json={"queues": ["heating"]})
    assert await found(console) == ["rec-2"]
    await console.json("PUT", path, user="admin", json={"queues": []})
    assert await found(console) == ["rec-1", "rec-2"]
    assert len(await audits(console, "hearing_limited")) == 2
    await console.json("PUT", "/api/v1/users/nobody/heard-queues", 404, user="admin", json={"queues": []})


async def test_operators_hear_their_own_only_where_the_policy_lets_them(console, two):
    path = f"/api/v1/calls/{CALL}/recordings/rec-1/media?purpose=provera"
    assert (await console.ask("GET", path, user="ana")).status == 403
    object.__setattr__(console.deps, "operators_hear_own", True)
    assert (await console.ask("GET", path, user="ana")).status == 200
    assert (await console.ask("GET", path, user="boris")).status == 404
    assert await found(console, user="ana") == ["rec-1"]
    for user in ("admin", "vodovod", "ekipa"):
        assert (await console.ask("GET", path, user=user)).status == 403


async def test_everything_beside_the_sound(console, two):
    began = NOW + timedelta(seconds=5)
    async with console.deps.database.begin() as connection:
        await save(connection, Gap("g" * 32, CALL, began, began + timedelta(seconds=3), "field", "ana", "resumed"))
    one = await console.json("GET", "/api/v1/recordings/rec-1", user="vera")
    assert one["lanes"] == [[10, 20], [30, 40]]
    assert one["gaps"] == [{"begins": 5.0, "ends": 8.0, "why": "field", "by": "ana"}]
    call = await console.json("GET", f"/api/v1/calls/{CALL}")
    assert [pause["why"] for pause in call["pauses"]] == ["field"]


async def test_a_mark_is_deleted_by_its_author_only(console, two):
    path = "/api/v1/recordings/rec-1/marks"
    made = await console.json("POST", path, 201, user="vera", json={"at": 2.5, "text": "<b>ovde</b>"}, key="mark-key-1")
    one = await console.json("GET", "/api/v1/recordings/rec-1", user="vera")
    assert [(mark["at"], mark["text"], mark["author"]) for mark in one["marks"]] == [(2.5, "<b>ovde</b>", "vera")]
    async with console.deps.database.begin() as connection:
        await connection.execute(update(users).where(users.c.username == "boris").values(role="supervisor"))
    assert (await console.ask("DELETE", f"{path}/{made['id']}", user="boris")).status == 403
    await console.json("DELETE", f"{path}/{made['id']}", user="vera")
    assert (await console.json("GET", "/api/v1/recordings/rec-1", user="vera"))["marks"] == []
    assert (await console.ask("POST", path, user="ana", json={"at": 1, "text": "x"}, key="mark-key-2")).status == 403


async def test_a_legal_hold_is_placed_shown_and_released_with_a_reason(console, two):
    path = "/api/v1/recordings/rec-1/holds"
    assert (await console.ask("POST", path, user="vera", json={"reason": ""}, key="hold-key-1")).status == 422
    made = await console.json("POST", path, 201, user="vera", json={"reason": "sudski spor"}, key="hold-key-2")
    by_case = f"/api/v1/cases/{CASE}/recording-holds"
    await console.json("POST", by_case, 201, user="vera", json={"reason": "tužba"}, key="hold-key-3")
    one = await console.json("GET", "/api/v1/recordings/rec-1", user="vera")
    assert one["held"] is True
    assert [hold["reason"] for hold in one["holds"]] == ["sudski spor", "tužba"]
    release = f"/api/v1/recording-holds/{made['id']}/release"
    await console.json("POST", release, user="vera", json={"reason": "spor je gotov"})
    await console.json("POST", release, 404, user="vera", json={"reason": "spor je gotov"})
    held, released = await audits(console, "recording_held"), await audits(console, "recording_hold_released")
    assert [row["purpose"] for row in (*held, *released)] == ["sudski spor", "spor je gotov"]


async def test_a_download_is_an_export_in_the_log(console, two):
    path = f"/api/v1/calls/{CALL}/recordings/rec-1/media"
    answer = await console.ask("GET", path, user="vera", params={"purpose": "sud", "download": "true"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="recording-rec-1.ogg"'
    assert [row["object"] for row in await audits(console, "recording_exported")] == ["rec-1"]


async def test_what_was_purged_says_so(console, two):
    async with console.deps.database.begin() as connection:
        await connection.execute(update(recordings).where(recordings.c.id == "rec-1").values(state="purged"))
    answer = await console.json("GET", f"/api/v1/calls/{CALL}/recordings/rec-1/media?purpose=provera", 410, user="vera")
    assert answer["error_id"] == "recording_gone"
    await console.json(
        "POST", "/api/v1/recordings/rec-1/holds", 410, user="vera", json={"reason": "kasno"}, key="late-1-1"
    )


async def test_the_page_finds_by_number_without_a_number_in_the_address(console, two):
    await console.sign_in("vera")
    form = {"csrf": console.csrf, "search": "064 123 4567", "outcome": "operator"}
    answer = await console.client.post("/console/recordings/find", data=form, allow_redirects=False)
    assert answer.status == 303
    address = answer.headers["Location"]
    assert "4567" not in address
    page = await (await console.client.get(address)).text()
    assert "recording=rec-1" in page
    assert "recording=rec-2" not in page
    chosen = await (await console.client.get("/console/recordings?recording=rec-2")).text()
    assert 'id="waveform"' in chosen
