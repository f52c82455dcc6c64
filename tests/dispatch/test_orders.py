"""The whole worker on real SQLite: every way an order can go, and what it leaves behind."""

import asyncio
from datetime import timedelta

import pytest

from calls.events import EventType
from calls.ports import RadioError
from cases.ladder import AttemptOutcome, Ladder
from cases.lifecycle import Status
from dispatch.reading import AttemptResult
from dispatch.sip_types import CallRefused, NoAnswer
from storage import alarm_repository, case_repository, order_repository, outbox_repository, recording_repository
from tests.alarms_said import on_pages


def outcomes(tries):
    return [(attempt.path, attempt.outcome) for attempt in tries]


async def rows_of(bench):
    async with bench.database.read() as connection:
        count, _ = await outbox_repository.backlog(connection, bench.clock())
        return count


async def timeline(bench, case):
    async with bench.database.read() as connection:
        return await case_repository.timeline(connection, case.number)


async def test_key_1_acknowledges_and_everything_is_recorded(bench):
    bench.radio.script = [["1"]]
    await bench.order()
    await bench.climb(2)
    order, tries, case = await bench.state()
    assert (order.state, order.acknowledged_by) == ("acknowledged", "vodovod-1")
    assert outcomes(tries) == [("radio", "acknowledged")]
    assert case.status is Status.IN_PROGRESS
    assert await rows_of(bench) == 0
    async with bench.database.read() as connection:
        recording = await recording_repository.get(connection, tries[0].recording)
    assert (recording.kind, recording.state, recording.seconds) == ("order", "complete", 1.0)
    assert (bench.needs.recordings / recording.path).exists()
    kinds = [line.kind for line in await timeline(bench, case)]
    assert kinds.count("order") == 1
    assert kinds.count("transition") == 1
    states = [event.data["state"] for event in bench.bus.events if event.type is EventType.ORDER_CHANGED]
    assert states[0] == "calling"
    assert states[-1] == "acknowledged"


async def test_the_order_is_said_twice_and_the_confirmation_last(bench):
    bench.radio.script = [["1"]]
    await bench.order()
    await bench.climb(1)
    heard = bench.radio.calls[0].heard
    assert [heard.count(f"{sentence}") for sentence in ("Hitno.", "Pukla glavna cev.")] == [2, 2]
    assert heard[-1].endswith("primljen. Hvala.")
    assert bench.radio.calls[0].hung_up


async def test_silence_busy_and_wrong_keys_climb_the_ladder_to_the_crews_telephone(bench):
    bench.radio.script = [CallRefused(486, "Busy Here"), ["7", "5"]]
    bench.telephone.answers["PJSIP/crew"] = AttemptResult(AttemptOutcome.ACKNOWLEDGED, "1")
    await bench.order()
    await bench.climb()
    order, tries, case = await bench.state()
    assert outcomes(tries) == [("radio", "no_answer"), ("radio", "wrong_key"), ("crew_phone", "acknowledged")]
    assert tries[1].keys == "75"
    assert order.state == "acknowledged"
    assert case.status is Status.IN_PROGRESS
    endpoint, context, extension, variables = bench.telephone.rung[0]
    assert (endpoint, context, extension, variables) == ("PJSIP/crew", "order-call", "s", {"CENTRALA_ORDER": "order1"})
    script = bench.needs.scripts.get("order1")
    assert script.attempt == 3
    assert len(script.sounds) == 9


async def test_nobody_takes_it_the_case_says_so_and_an_alarm_is_raised(bench):
    bench.radio.script = [NoAnswer("no answer within 12 s"), [None]]
    bench.telephone.answers["PJSIP/crew"] = AttemptResult(AttemptOutcome.NO_KEY)
    await bench.order()
    await bench.climb()
    order, tries, case = await bench.state()
    assert outcomes(tries) == [
        ("radio", "no_answer"),
        ("radio", "no_key"),
        ("crew_phone", "no_key"),
        ("duty_phone", "no_answer"),
    ]
    assert order.state == "failed"
    assert case.status is Status.SEND_FAILED
    assert await rows_of(bench) == 0
    async with bench.database.read() as connection:
        alarms = await alarm_repository.active_alarms(connection)
    assert [(alarm.id, alarm.level) for alarm in alarms] == [("send_failed:order1", "critical")]
    assert str(case.number) in on_pages(alarms[0])[0]
    assert str(case.number) in alarms[0].text
    assert any(event.type is EventType.ALARM for event in bench.bus.events)
    last = (await timeline(bench, case))[-1].data
    assert (last["to"], last["why"], last["reason"]) == ("send_failed", "not_confirmed", "not confirmed after 4 tries")


@pytest.mark.parametrize(
    ("refusal", "outcome", "reason", "code"),
    [
        (NoAnswer("no answer within 12 s"), "no_answer", None, None),
        (NoAnswer("no answer within 12 s; it did not ring", rang=False), "no_answer", "unreachable", None),
        (CallRefused(486, "Busy Here"), "no_answer", "busy", 486),
        (CallRefused(480, "Temporarily Unavailable"), "no_answer", "not_on_line", 480),
        (CallRefused(603, "Decline"), "no_answer", "declined", 603),
        (CallRefused(408, "Request Timeout"), "no_answer", None, 408),
        (CallRefused(404, "Not Found"), "failed", "refused", 404),
        (RadioError("not a SIP address"), "failed", "unreachable", None),
        (["!"], "no_key", "hung_up", None),
    ],
)
async def test_a_try_says_why_it_came_to_nothing_by_a_word_of_the_list(bench, refusal, outcome, reason, code, caplog):
    bench.radio.script = [refusal, ["1"]]
    await bench.order()
    await bench.climb()
    _, (first, second), case = await bench.state()
    assert (first.outcome, first.reason, first.sip_code) == (outcome, reason, code)
    assert first.detail
    assert first.detail in caplog.text
    assert (second.outcome, second.reason, second.detail) == ("acknowledged", None, "")
    told = next(line.data for line in await timeline(bench, case) if line.kind == "order")
    assert (told["why"], told["sip_code"]) == (reason, code)


async def test_key_3_goes_straight_to_the_duty_phone(bench):
    bench.radio.script = [["3"]]
    bench.telephone.answers["PJSIP/duty"] = AttemptResult(AttemptOutcome.ACKNOWLEDGED, "1")
    await bench.order()
    await bench.climb()
    order, tries, _ = await bench.state()
    assert outcomes(tries) == [("radio", "handed_over"), ("duty_phone", "acknowledged")]
    assert order.acknowledged_by == "duty"


async def test_key_2_comes_again_on_the_radio(bench):
    bench.radio.script = [["2"], ["1"]]
    await bench.order()
    await bench.climb()
    _, tries, _ = await bench.state()
    assert outcomes(tries) == [("radio", "more_time"), ("radio", "acknowledged")]
    assert tries[1].started_at - tries[0].ended_at >= timedelta(minutes=10)


async def test_an_acknowledged_order_is_never_spoken_again(bench):
    bench.radio.script = [["1"]]
    await bench.order()
    await bench.climb(1)
    await bench.order()  # the same key again: the same order
    await bench.climb()
    assert len(bench.radio.targets) == 1


async def test_killed_in_the_middle_the_ladder_goes_on_and_the_audio_is_mended(bench):
    await bench.order()
    worker = bench.worker()
    (row,) = await worker.records.take_due(timedelta(seconds=30), 4)
    order, _ = await worker.records.order("order1")
    attempt = await order_attempt(bench, worker, order)
    path = worker.records.recording_path(attempt)
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(44) + b"\x10\x20" * 4000)  # what a killed recorder leaves: no header
    assert row.attempts == 1

    assert await worker.records.take_due(timedelta(seconds=30), 4) == []  # the lease still runs
    bench.clock.forward(seconds=31)
    bench.radio.script = [["1"]]
    await bench.climb()
    order, tries, _ = await bench.state()
    assert outcomes(tries) == [("radio", "failed"), ("radio", "acknowledged")]
    assert (tries[0].detail, tries[0].reason) == ("the sender was restarted", "interrupted")
    async with bench.database.read() as connection:
        recording = await recording_repository.get(connection, tries[0].recording)
    assert recording.seconds == 0.5


async def order_attempt(bench, worker, order):
    async with bench.database.begin() as connection:
        return await order_repository.start_attempt(
            connection, order.id, path="radio", target="sip:dispatch@127.0.0.1:5080", now=bench.clock()
        )


async def test_killed_after_the_key_the_answer_counts(bench):
    """The key was kept on the disk, "received" was said, and the process died before SQL had it."""
    await bench.order()
    worker = bench.worker()
    await worker.records.take_due(timedelta(seconds=30), 4)
    order, _ = await worker.records.order("order1")
    attempt = await order_attempt(bench, worker, order)
    await worker.records.keep(attempt, AttemptResult(AttemptOutcome.ACKNOWLEDGED, "1"))

    bench.clock.forward(seconds=31)
    await bench.climb()
    order, tries, case = await bench.state()
    assert outcomes(tries) == [("radio", "acknowledged")]
    assert (order.state, case.status) == ("acknowledged", Status.IN_PROGRESS)
    assert bench.radio.targets == []
    assert list((bench.folder / "answers").iterdir()) == []
    assert await rows_of(bench) == 0


async def test_a_telephone_try_that_the_relay_answered_while_we_were_dead_counts(bench):
    await bench.order()
    worker = bench.worker()
    await worker.records.take_due(timedelta(seconds=30), 4)
    async with bench.database.begin() as connection:
        await order_repository.start_attempt(
            connection, "order1", path="crew_phone", target="PJSIP/crew", now=bench.clock()
        )
    bench.clock.forward(seconds=31)
    (row,) = await worker.records.take_due(timedelta(seconds=30), 4)
    await bench.worker().process(row)
    _, tries, _ = await bench.state()
    assert tries[0].outcome is None  # the PBX may still be reading it out: not closed yet
    async with bench.database.begin() as connection:
        await order_repository.end_attempt(connection, "order1", 1, outcome="acknowledged", now=bench.clock(), keys="1")
    bench.clock.forward(seconds=6)
    await bench.climb(1)
    order, tries, case = await bench.state()
    assert (order.state, len(tries), case.status) == ("acknowledged", 1, Status.IN_PROGRESS)


async def test_without_a_voice_nobody_is_rung_and_the_order_fails_loudly(bench):
    bench.speaker.broken = True
    await bench.order()
    await bench.climb()
    order, tries, _ = await bench.state()
    assert bench.radio.targets == []
    assert bench.telephone.rung == []
    assert {attempt.outcome for attempt in tries} == {"failed"}
    assert order.state == "failed"


async def test_without_a_sip_stack_the_telephone_is_left(bench):
    bench.telephone.answers["PJSIP/crew"] = AttemptResult(AttemptOutcome.ACKNOWLEDGED, "1")
    bench.radio = None
    await bench.order()
    await bench.climb()
    order, tries, _ = await bench.state()
    assert [attempt.path for attempt in tries] == ["radio", "radio", "crew_phone"]
    assert order.state == "acknowledged"


async def test_a_full_disk_confirms_nothing(bench, monkeypatch):
    bench.radio.script = [["1"], ["1"]]

    def full(*_):
        raise OSError(28, "No space left on device")

    await bench.order()
    worker = bench.worker()
    monkeypatch.setattr(type(worker.records.spool), "keep", full)
    (row,) = await worker.records.take_due(timedelta(seconds=30), 4)
    with pytest.raises(ExceptionGroup) as caught:
        await worker.process(row)
    assert caught.group_contains(OSError)
    assert not any("primljen" in sentence for sentence in bench.radio.calls[0].heard)
    assert bench.radio.calls[0].hung_up


async def test_an_unknown_crew_and_a_broken_row_do_not_stop_the_worker(bench):
    def nobody(organisation, crew):
        raise LookupError(f"{organisation}/{crew}")

    worker = bench.worker()
    worker.ladder_of = nobody
    await bench.order("order1")
    async with bench.database.begin() as connection:
        await outbox_repository.put(
            connection, kind="order", recipient="x", payload={}, idempotency_key="x", now=bench.clock()
        )
    for row in await worker.records.take_due(timedelta(seconds=30), 4):
        await worker.process(row)
    order, _, case = await bench.state()
    assert (order.state, case.status) == ("failed", Status.SEND_FAILED)
    assert await rows_of(bench) == 0


async def test_the_running_worker_sends_two_orders_one_after_the_other_on_one_radio(bench):
    bench.radio.script = [["1"], ["1"]]
    await bench.order("order1")
    await bench.order("order2")
    worker = bench.worker()
    running = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(30):
            while await rows_of(bench):
                assert not running.done()
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [(await bench.state(name))[0].state for name in ("order1", "order2")] == ["acknowledged"] * 2


async def test_a_fault_of_the_radio_is_a_failed_try_not_a_crash(bench):
    bench.radio.script = [RadioError("network is unreachable"), ["1"]]
    bench.needs.ladder_of("vodovod", "vodovod-1")
    await bench.order()
    await bench.climb()
    _, tries, _ = await bench.state()
    assert outcomes(tries) == [("radio", "failed"), ("radio", "acknowledged")]
    assert "unreachable" in tries[0].detail


async def test_a_town_without_radio_begins_with_the_telephone(bench):
    worker = bench.worker()
    worker.ladder_of = lambda organisation, crew: Ladder(None, "PJSIP/crew", None)
    bench.telephone.answers["PJSIP/crew"] = AttemptResult(AttemptOutcome.ACKNOWLEDGED, "1")
    await bench.order()
    (row,) = await worker.records.take_due(timedelta(seconds=30), 4)
    await worker.process(row)
    _, tries, _ = await bench.state()
    assert outcomes(tries) == [("crew_phone", "acknowledged")]
