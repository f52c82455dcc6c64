"""Steering by API: whose call it is, what the PBX is asked, what the others are told, what a refusal looks like."""

import pytest
from sqlalchemy import update

from calls.events import Event, EventType
from storage.tables import users
from tests.agent_console.conftest import NOW
from tests.agent_console.test_calls_api import CALL, audits, ring

BASE = f"/api/v1/calls/{CALL}"


def tell(console, kind, **data):
    console.app_board().apply(Event(kind, NOW, {"linkedid": CALL, **data}))


@pytest.mark.parametrize(
    ("path", "done"),
    [
        ("hold", ("hold", CALL, "2001")),
        ("unhold", ("unhold", CALL, "2001")),
        ("transfer/complete", ("complete", CALL, "2001")),
        ("transfer/conference", ("conference", CALL, "2001")),
        ("transfer/return", ("unhold", CALL, "2001")),
    ],
)
async def test_each_order_reaches_the_pbx_for_the_operators_leg(console, path, done):
    await ring(console, answer=True)
    answer = await console.json("POST", f"{BASE}/{path}")
    assert answer["done"] is True
    assert console.pbx.done == [done]


async def test_a_held_call_is_held_for_everybody_who_looks_and_stands_in_the_audit_log(console):
    await ring(console, answer=True)
    await console.json("POST", f"{BASE}/hold")
    one = await console.json("GET", BASE)
    assert one["now"]["held"] == "desk"
    assert [row["actor"] for row in await audits(console, "call_hold")] == ["ana"]


async def test_a_transfer_needs_a_key_and_is_done_once(console):
    await ring(console, answer=True)
    wish = {"target": "operator-2002"}
    refused = await console.json("POST", f"{BASE}/transfer", 400, json=wish)
    assert refused["error_id"] == "idempotency_key_missing"
    await console.json("POST", f"{BASE}/transfer", key="key-12345", json=wish)
    await console.json("POST", f"{BASE}/transfer", key="key-12345", json=wish)
    assert console.pbx.done == [("transfer", CALL, "2001", "operator-2002")]
    call = console.app_board().calls[CALL]
    assert (call.operator, call.ringing, call.sent_to) == ("", "2002", "operator-2002")


@pytest.mark.parametrize(
    "target", ["operator-2009", "0641234567", "operator-2001", "organisation-nobody", "trunk-test", "queue-x"]
)
async def test_only_targets_of_the_towns_files_can_be_rung(console, target):
    await ring(console, answer=True)
    refused = await console.json("POST", f"{BASE}/transfer", 422, key="key-12345", json={"target": target})
    assert refused["field"] == "target"
    assert console.pbx.done == []


@pytest.mark.parametrize("path", ["hold", "unhold", "transfer/complete", "transfer/return", "transfer/conference"])
async def test_another_operators_call_is_not_the_senders(console, path):
    await ring(console, operator="2002", answer=True)
    refused = await console.json("POST", f"{BASE}/{path}", 403)
    assert refused["error_id"] == "forbidden"
    assert console.pbx.done == []


async def test_a_supervisor_may_steer_any_call_as_its_operator(console):
    await ring(console, operator="2002", answer=True)
    await console.json("POST", f"{BASE}/hold", user="vera")
    assert console.pbx.done == [("hold", CALL, "2002")]
    assert (await console.json("POST", f"{BASE}/hold", 403, user="vodovod"))["error_id"] == "forbidden"


@pytest.mark.parametrize("path", ["hold", "unhold", "transfer/complete", "transfer/return", "transfer/conference"])
async def test_what_the_pbx_refuses_is_said_and_changes_nothing(console, path):
    await ring(console, answer=True)
    before = console.app_board().calls[CALL]
    console.pbx.refuse = "Redirect: Channel does not exist"
    refused = await console.json("POST", f"{BASE}/{path}", 502)
    assert (refused["error_id"], refused["detail"]) == ("pbx_refused", "Redirect: Channel does not exist")
    assert console.app_board().calls[CALL] == before


async def test_hold_works_while_the_database_does_not_and_a_transfer_says_what_is_down(console, database_down):
    await console.sign_in()
    await ring(console, answer=True)
    database_down()
    headers = {"X-CSRF-Token": console.csrf}
    held = await console.client.post(f"{BASE}/hold", headers=headers)
    assert held.status == 200
    assert console.pbx.done == [("hold", CALL, "2001")]
    wish = {"json": {"target": "operator-2002"}, "headers": headers | {"Idempotency-Key": "key-12345"}}
    sent = await console.client.post(f"{BASE}/transfer", **wish)
    # Whether it has been done before cannot be known then: a call is rather not placed than placed twice.
    assert (sent.status, (await sent.json(content_type=None))["error_id"]) == (503, "storage_down")
    assert len(console.pbx.done) == 1


async def test_the_picker_offers_colleagues_with_their_state_queues_and_outside_telephones(console):
    await ring(console, operator="2003", answer=True)
    items = (await console.json("GET", "/api/v1/transfer-targets"))["items"]
    by_target = {one["target"]: one for one in items}
    assert "operator-2001" not in by_target, "not the sender"
    assert by_target["operator-2003"]["state"] == "busy"
    assert by_target["operator-2002"]["state"] == "offline"
    assert by_target["organisation-vodovod"]["name"] == "Vodovod"
    assert by_target["queue-operators"]["kind"] == "queue"


async def test_a_failed_transfer_says_why_and_the_call_is_the_senders_again(console):
    await ring(console, answer=True)
    tell(console, EventType.CALL_TRANSFERRED, by="2001", to="operator-2002", how="blind")
    tell(console, EventType.CALL_RETURNED, target="operator-2002", why="busy")
    tell(console, EventType.CALL_RINGING, operator="2001")
    call = console.app_board().calls[CALL]
    assert (call.ringing, call.trouble, call.sent_to) == ("2001", "busy", "")
    tell(console, EventType.CALL_ANSWERED, operator="2001")
    assert console.app_board().of_operator("2001").operator == "2001"


async def test_given_back_to_the_queue_the_caller_waits_again(console):
    await ring(console, answer=True)
    tell(console, EventType.CALL_QUEUED, queue="operators", position=1)
    call = console.app_board().calls[CALL]
    assert call.waiting
    assert (call.operator, call.queued_at) == ("", NOW)


async def with_phone(console, username="vera", extension="2005"):
    async with console.deps.database.begin() as connection:
        await connection.execute(update(users).where(users.c.username == username).values(extension=extension))


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_a_supervisor_is_rung_after_the_audit_row_for_the_channel_of_this_moment(console, mode):
    await with_phone(console)
    await ring(console, answer=True)
    await console.json("POST", f"{BASE}/snoops", user="vera", key="key-12345", json={"mode": mode})
    assert [step[0] for step in console.pbx.done] == ["channel_of", "snoop"]
    assert console.pbx.done[0] == ("channel_of", CALL, "2001")
    assert [row["actor"] for row in await audits(console, f"call_{mode}")] == ["vera"]


async def test_nobody_listens_without_the_permission_or_without_an_audit_row(console, database_down):
    await with_phone(console)
    await ring(console, operator="2002", answer=True)
    refused = await console.json("POST", f"{BASE}/snoops", 403, key="key-12345", json={"mode": "listen"})
    assert refused["error_id"] == "forbidden"
    await console.sign_in("vera")
    database_down()
    headers = {"X-CSRF-Token": console.csrf, "Idempotency-Key": "key-12346"}
    answer = await console.client.post(f"{BASE}/snoops", json={"mode": "listen"}, headers=headers)
    assert answer.status == 503
    assert console.pbx.done == []


async def test_a_supervisor_without_a_telephone_is_told_so(console):
    await ring(console, answer=True)
    refused = await console.json("POST", f"{BASE}/snoops", 409, user="vera", key="key-12345", json={"mode": "listen"})
    assert "extension" in refused["detail"]


async def test_a_refused_transfer_leaves_the_call_with_its_operator(console):
    await ring(console, answer=True)
    console.pbx.refuse = "Redirect: Channel does not exist"
    refused = await console.json("POST", f"{BASE}/transfer", 502, key="key-12345", json={"target": "operator-2002"})
    assert refused["error_id"] == "pbx_refused"
    call = console.app_board().calls[CALL]
    assert (call.operator, call.ringing, call.sent_to) == ("2001", "", "")
    await console.json("POST", f"{BASE}/transfer/consult", 502, key="key-12346", json={"target": "operator-2002"})
    call = console.app_board().calls[CALL]
    assert (call.operator, call.consult, call.held) == ("2001", "", "")


async def test_who_answers_a_transfer_or_a_question_is_seen_by_their_telephone(console):
    await ring(console, answer=True)
    tell(console, EventType.CALL_CONSULTED, operator="2001", target="organisation-vodovod", state="ringing")
    tell(console, EventType.OPERATOR_TALKS, operator="2001")
    assert console.app_board().calls[CALL].consult_state == "talking"
    tell(console, EventType.CALL_TRANSFERRED, by="2001", to="operator-2002", how="blind")
    tell(console, EventType.OPERATOR_TALKS, operator="2002")
    call = console.app_board().calls[CALL]
    assert (call.operator, call.ringing, call.sent_to) == ("2002", "", "")


async def test_a_held_caller_whose_operators_telephone_died_is_not_held_when_given_back(console):
    await ring(console, answer=True)
    tell(console, EventType.CALL_CONSULTED, operator="2001", target="operator-2002", state="ringing")
    tell(console, EventType.CALL_INTERRUPTED, operator="2001")
    call = console.app_board().calls[CALL]
    assert (call.held, call.consult, call.operator, call.operator_lost_at is None) == ("", "", "2001", False)
    tell(console, EventType.CALL_GIVEN_BACK, operator="2001")
    call = console.app_board().calls[CALL]
    assert (call.held, call.operator, call.operator_lost_at) == ("", "2001", None)
