from agent_console.operators.routes import ROSTER
from storage import operator_repository

STATE = "/api/v1/operators/me/state"


async def stored(console):
    async with console.deps.database.read() as connection:
        return {one.extension: (one.state, one.reason) for one in await operator_repository.list_states(connection)}


async def test_ready_paused_offline_reach_the_pbx_and_are_stored(console):
    assert (await console.json("PUT", STATE, json={"state": "ready"}))["state"] == "ready"
    assert (await console.json("PUT", STATE, json={"state": "paused:obrok"}))["reason"] == "obrok"
    assert await stored(console) == {"2001": ("paused", "obrok")}
    await console.json("PUT", STATE, json={"state": "offline"})
    assert console.pbx.done == [
        ("add", "operators", "2001", False, ""),
        ("pause", "2001", False, ""),
        ("add", "operators", "2001", True, "obrok"),
        ("pause", "2001", True, "obrok"),
        ("remove", "operators", "2001"),
    ]
    assert await stored(console) == {"2001": ("offline", "")}


async def test_what_the_pbx_refuses_is_not_stored(console):
    await console.json("PUT", STATE, json={"state": "ready"})
    console.pbx.refuse = "unknown member"
    answer = await console.json("PUT", STATE, 502, json={"state": "offline"})
    assert answer["detail"] == "unknown member"
    assert await stored(console) == {"2001": ("ready", "")}
    assert (await console.json("GET", "/api/v1/operators"))["items"][0]["state"] == "ready"


async def test_wrong_words_are_refused(console):
    reasons = ("paused:kafa", "paused:connection")
    for state in (*reasons, "away", "paused", "paused:", "ready:now", "paused:" + "x" * 50, "paused:a\nb\x00"):
        answer = await console.json("PUT", STATE, 422, json={"state": state})
        assert answer["error_id"] == "invalid_field"
    assert console.pbx.done == []


async def test_an_account_without_an_extension_has_no_state(console):
    answer = await console.json("PUT", STATE, 409, user="vera", json={"state": "ready"})
    assert answer["error_id"] == "conflict"


async def test_members_are_put_back_after_the_pbx_forgot_them(console):
    await console.json("PUT", STATE, json={"state": "ready"})
    await console.json("PUT", STATE, user="boris", json={"state": "paused:obuka"})
    console.pbx.done.clear()
    assert await console.app[ROSTER].restore() == ()
    assert ("add", "operators", "2001", False, "") in console.pbx.done
    assert ("add", "operators", "2002", True, "obuka") in console.pbx.done
    console.pbx.refuse = "down"
    assert await console.app[ROSTER].restore() == ("2001", "2002")


async def test_an_operator_can_pause_while_the_database_is_down(console, database_down, monkeypatch):
    csrf = await console.sign_in()
    with monkeypatch.context():
        database_down()
        response = await console.client.put(STATE, json={"state": "paused:obrok"}, headers={"X-CSRF-Token": csrf})
        assert response.status == 200
    monkeypatch.undo()
    await console.json("PUT", STATE, user="boris", json={"state": "ready"})
    assert await stored(console) == {"2001": ("paused", "obrok"), "2002": ("ready", "")}


async def test_the_queue_is_told_from_the_board_when_the_pbx_is_silent(console):
    console.pbx.refuse = "not connected"
    queue = (await console.json("GET", "/api/v1/queues"))["items"][0]
    assert (queue["source"], queue["waiting"]) == ("board", [])
