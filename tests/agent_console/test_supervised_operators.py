"""What a supervisor does to operators' states, and the watch over callers who wait beside idle operators."""

from agent_console.operators.desk import State, Wanted
from agent_console.operators.routes import IDLE_WATCH, ROSTER
from calls.events import EventType
from calls.ports import MemberNow, PbxSnapshot
from storage import alarm_repository
from storage.work_tables import operator_sessions
from tests.agent_console.desk_day import STATE, a_new_process, cover, rows
from tests.alarms_said import on_pages


async def test_a_supervisor_pauses_unpauses_and_logs_out_on_record(day):
    await day.json("PUT", STATE, json={"state": "ready"})
    theirs = "/api/v1/operators/2001/state"
    answer = await day.json("PUT", theirs, user="vera", json={"state": "paused:obuka", "minutes": 10})
    assert (answer["state"], answer["reason"]) == ("paused", "obuka")
    assert (await day.json("PUT", theirs, user="vera", json={"state": "ready"}))["state"] == "ready"
    await day.json("PUT", theirs, user="vera", json={"state": "offline"})
    assert day.pbx.done[-1] == ("remove", "operators", "2001")
    assert (await rows(day, operator_sessions))[0]["end_reason"] == "supervisor"
    assert (await day.json("PUT", theirs, 409, user="vera", json={"state": "ready"}))["error_id"] == "conflict"
    for user in ("boris", "admin", "vodovod"):
        await day.json("PUT", theirs, 403, user=user, json={"state": "offline"})
    await day.json("PUT", "/api/v1/operators/2009/state", 404, user="vera", json={"state": "ready"})


async def test_a_supervisor_moves_an_operator_between_queues(day):
    await day.json("PUT", STATE, json={"state": "ready"})
    day.app[ROSTER].known_queues = lambda: ("operators", "water")
    theirs = "/api/v1/operators/2001/queues"
    assert (await day.json("PUT", theirs, user="vera", json={"queues": ["water"]}))["queues"] == ["water"]
    assert ("add", "water", "2001", False, "") in day.pbx.done
    assert ("remove", "operators", "2001") in day.pbx.done
    await day.json("PUT", theirs, 422, user="vera", json={"queues": ["unknown"]})
    roster = await a_new_process(day)
    assert roster.desk("2001").queues == ("water",), "it holds over a restart"


async def test_a_refused_change_of_a_supervisor_changes_nothing(day):
    await day.json("PUT", STATE, json={"state": "ready"})
    day.pbx.refuse = "down"
    await day.json("PUT", "/api/v1/operators/2001/state", 502, user="vera", json={"state": "paused:obuka"})
    assert day.app[ROSTER].desk("2001").state == "ready"


async def test_a_phone_that_gets_another_account_begins_another_session(day):
    await day.json("PUT", STATE, json={"state": "ready"})
    day.clock.forward(minutes=5)
    roster = day.app[ROSTER]
    await roster.ask("2001", "zora", Wanted(State.READY))
    sessions = await rows(day, operator_sessions)
    assert [(one["username"], one["end_reason"]) for one in sessions] == [("ana", "replaced"), ("zora", "")]
    await cover(day)


async def test_an_idle_operator_beside_a_waiting_caller_is_put_in_again_once_and_an_alarm(day):
    watch = day.app[IDLE_WATCH]
    await day.json("PUT", STATE, json={"state": "ready"})
    await day.happens(EventType.CALL_QUEUED, 30)
    await watch.step()
    assert await alarms(day) == [], "the caller has only just come"
    day.clock.forward(seconds=20)
    day.pbx.done.clear()
    day.pbx.now = PbxSnapshot(day.clock(), (), (), (MemberNow("operators", "2001", False, "", "unavailable"),))
    await watch.step()
    await watch.step()
    assert [one for one in day.pbx.done if one[0] == "add"] == [("add", "operators", "2001", False, "")], "once"
    (alarm,) = await alarms(day)
    assert "2001" in alarm.text
    assert "does not reach the telephone of 2001" in alarm.mend
    assert on_pages(alarm) == (
        "Građani čekaju, a poziv ne stiže do slobodnih operatera: 2001.",
        "Proverite da li su telefoni uključeni i prijavljeni: 2001.",
    )
    await day.happens(EventType.CALL_ANSWERED, 1)
    await watch.step()
    assert await alarms(day) == []


async def test_a_paused_operator_beside_a_waiting_caller_is_no_alarm(day):
    await day.json("PUT", STATE, json={"state": "paused:obrok"})
    await day.happens(EventType.CALL_QUEUED, 30)
    day.clock.forward(seconds=600)
    await day.app[IDLE_WATCH].step()
    assert await alarms(day) == []


async def alarms(day):
    async with day.deps.database.read() as connection:
        return await alarm_repository.active_alarms(connection)
