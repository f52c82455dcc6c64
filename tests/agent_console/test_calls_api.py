import pytest
from sqlalchemy import insert, select

from agent_console.calls.service import caller_searched
from calls.caller import Caller
from calls.events import Event, EventType
from storage.tables import audit, calls, missed_calls, recordings
from tests.agent_console.conftest import NOW

CALL = "centrala-1700000000.7"


async def ring(console, operator="2001", linkedid=CALL, answer=False):
    board = console.app_board()
    board.note_caller(linkedid, Caller.parse("0641234567"), NOW)
    board.apply(Event(EventType.POP, NOW, {"linkedid": linkedid, "operator": operator}))
    if answer:
        board.apply(Event(EventType.CALL_ANSWERED, NOW, {"linkedid": linkedid, "operator": operator}))


async def store_call(console, **changes):
    number = "+381641234567"
    token = await console.deps.identity.remember_caller(number)
    row = {
        "linkedid": CALL,
        "direction": "inbound",
        "caller_kind": "number",
        "caller_token": token,
        "language": "sr",
        "arrived_at": NOW,
        "queued_at": NOW,
        "operator": "2001",
        "outcome": "operator",
        "synthetic": False,
        "search_text": "2001 operator",
    }
    async with console.deps.database.begin() as connection:
        await connection.execute(insert(calls).values(row | changes))


async def store_recording(console, data=b"RIFF" + bytes(range(100)), path="calls/a.wav"):
    file = console.deps.recordings_dir / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    async with console.deps.database.begin() as connection:
        values = {"id": "rec-1", "linkedid": CALL, "path": path, "kind": "call", "started_at": NOW, "state": "complete"}
        await connection.execute(insert(recordings).values(values))


async def audits(console, action):
    async with console.deps.database.read() as connection:
        return (await connection.execute(select(audit).where(audit.c.action == action))).mappings().all()


async def test_a_call_is_found_by_its_number_and_shows_it_to_the_desk(console):
    await store_call(console)
    found = await console.json("GET", "/api/v1/calls", params={"search": "064 123 4567"})
    assert found["total"] == 1
    assert found["items"][0]["caller"]["shown"] == "064 123 45 67"
    none = await console.json("GET", "/api/v1/calls", params={"search": "064 999 9999"})
    assert none["total"] == 0
    one = await console.json("GET", f"/api/v1/calls/{CALL}")
    assert one["outcome"] == "operator"


async def test_a_call_of_this_moment_is_known_before_the_database_knows_it(console):
    await ring(console)
    one = await console.json("GET", f"/api/v1/calls/{CALL}")
    assert one["caller"]["number"] == "+381641234567"
    assert one["outcome"] is None


@pytest.mark.parametrize("linkedid", ["x", "..%2F..%2Fetc", "1.1;drop"])
async def test_what_is_no_call_id_is_not_found(console, linkedid):
    assert (await console.ask("GET", f"/api/v1/calls/{linkedid}")).status == 404


async def test_an_operator_ends_only_the_own_call(console):
    await ring(console, operator="2002")
    refused = await console.json("POST", f"/api/v1/calls/{CALL}/hangup", 403)
    assert refused["error_id"] == "forbidden"
    assert console.pbx.done == []
    await console.json("POST", f"/api/v1/calls/{CALL}/hangup", user="boris")
    assert console.pbx.done == [("hang_up", CALL)]
    assert len(await audits(console, "call_hangup")) == 1


async def test_recording_pauses_and_resumes(console):
    await ring(console, answer=True)
    await console.json("PUT", f"/api/v1/calls/{CALL}/record/pause")
    await console.json("PUT", f"/api/v1/calls/{CALL}/record/resume")
    assert console.pbx.done == [("pause_recording", CALL, True), ("pause_recording", CALL, False)]


async def test_recording_pauses_while_the_database_is_down(console, database_down):
    await console.sign_in()
    token = console.csrf
    await ring(console, answer=True)
    database_down()
    response = await console.client.put(f"/api/v1/calls/{CALL}/record/pause", headers={"X-CSRF-Token": token})
    assert response.status == 200
    assert console.pbx.done == [("pause_recording", CALL, True)]


async def test_a_refusal_of_the_pbx_is_told(console):
    await ring(console, answer=True)
    console.pbx.refuse = "no such channel"
    answer = await console.json("POST", f"/api/v1/calls/{CALL}/hangup", 502)
    assert (answer["error_id"], answer["detail"]) == ("pbx_refused", "no such channel")


async def test_listening_needs_a_purpose_and_is_audited_before_the_sound(console):
    await store_call(console)
    await store_recording(console)
    path = f"/api/v1/calls/{CALL}/recordings/rec-1/media"
    refused = await console.json("GET", path, 400, user="vera")
    assert refused["error_id"] == "purpose_required"
    assert await audits(console, "recording_listened") == []
    response = await console.ask(
        "GET", path, user="vera", params={"purpose": "pritužba"}, headers={"Range": "bytes=4-7"}
    )
    assert response.status == 206
    assert await response.read() == bytes(range(4))
    rows = await audits(console, "recording_listened")
    assert [(row["actor"], row["purpose"], row["object"]) for row in rows] == [("vera", "pritužba", "rec-1")]


async def test_no_audit_no_sound(console, monkeypatch):
    await store_call(console)
    await store_recording(console)

    async def disk_full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr("agent_console.recordings.routes.audit_repository.append", disk_full)
    response = await console.ask(
        "GET", f"/api/v1/calls/{CALL}/recordings/rec-1/media", user="vera", params={"purpose": "pritužba"}
    )
    assert response.status >= 500
    assert b"RIFF" not in await response.read()


async def test_operators_do_not_listen(console):
    path = f"/api/v1/calls/{CALL}/recordings/rec-1/media?purpose=pritužba"
    assert (await console.ask("GET", path, user="ana")).status == 403


async def test_a_row_that_points_outside_the_folder_is_not_followed(console, tmp_path):
    await store_call(console)
    (tmp_path / "secret.wav").write_bytes(b"secret")
    async with console.deps.database.begin() as connection:
        values = {"id": "rec-2", "linkedid": CALL, "path": "../secret.wav", "kind": "call", "started_at": NOW}
        await connection.execute(insert(recordings).values(values | {"state": "complete"}))
    path = f"/api/v1/calls/{CALL}/recordings/rec-2/media?purpose=pritužba"
    assert (await console.ask("GET", path, user="vera")).status == 404


async def test_missed_calls_stay_until_somebody_closes_them(console):
    await store_call(console, outcome="abandoned_queue", operator=None)
    async with console.deps.database.begin() as connection:
        values = {"id": 1, "linkedid": CALL, "reason": "abandoned_queue", "last_step": "queue", "at": NOW}
        await connection.execute(insert(missed_calls).values(values))
    assert (await console.json("GET", "/api/v1/missed"))["items"][0]["caller"]["number"] == "+381641234567"
    path = "/api/v1/missed/1/close"
    bare = await console.json("POST", path, 422, json={"how": "reason"}, key="missed-key-1")
    assert bare["field"] == "note"
    await console.json("POST", path, json={"how": "callback", "note": "javio se"}, key="missed-key-2")
    assert (await console.json("GET", "/api/v1/missed"))["total"] == 0
    twice = await console.json("POST", path, 409, json={"how": "callback"}, key="missed-key-3")
    assert twice["error_id"] == "conflict"


async def test_the_report_counts_by_day(console):
    await store_call(console, operator_answered_at=NOW, ended_at=NOW)
    report = await console.json("GET", "/api/v1/reports/calls?from=2026-11-22&until=2026-11-22", user="vera")
    assert report["items"][0]["answered"] == 1
    assert report["items"][0]["level_of_offered"] == 1.0
    csv = await console.ask("GET", "/api/v1/reports/calls?format=csv", user="vera")
    assert (await csv.text()).startswith("day,arrived")
    bad = await console.json("GET", "/api/v1/reports/calls?from=yesterday", 400, user="vera")
    assert bad["field"] == "from"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("064 123 4567", ""),
        ("+381641234567", ""),
        ("1795320675.0", "1795320675.0"),
        ("26100016", "26100016"),
        ("2001", "2001"),
    ],
)
async def test_only_what_is_written_as_a_number_is_looked_for_as_one(console, text, left):
    token, words = caller_searched(console.deps, text)
    assert words == left
    assert (token is None) == bool(left)
