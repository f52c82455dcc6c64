"""Forms, scores and states of texts as rows, on every database."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from storage import recording_texts, score_form_repository, score_repository
from storage.hearing_scope import HearingScope
from storage.recording_texts import AGAIN_AFTER, MOST_FAILURES, NEWEST
from storage.score_repository import Given
from storage.score_tables import score_form_versions
from storage.tables import calls, recordings
from storage.work_tables import operator_sessions
from tests.storage.conftest import NOW

CRITERIA = [{"name": "ljubaznost", "kind": "scale", "top": 5, "weight": 1, "fatal": False}]
GIVEN = Given([4], 80.0, ["topao glas"], "dobro")


@pytest.fixture
async def recording(database):
    async with database.begin() as connection:
        call = {"linkedid": "c1", "direction": "inbound", "arrived_at": NOW, "language": "sr", "queue": "heating"}
        await connection.execute(insert(calls).values(call))
        row = {"id": "r1", "linkedid": "c1", "path": "calls/r1.sealed", "kind": "call", "state": "complete"}
        await connection.execute(insert(recordings).values(row | {"started_at": NOW, "seconds": 9.0}))
    return "r1"


async def test_a_version_is_written_once_and_only_upon_the_newest(database):
    async with database.begin() as connection:
        form = await score_form_repository.add(connection, "Razgovor", CRITERIA, by="vera", now=NOW)
        other = await score_form_repository.add(connection, "Alarm", CRITERIA, by="vera", now=NOW)
    for based_on, expected in ((1, True), (1, False), (2, True), (9, False)):
        async with database.begin() as connection:
            done = await score_form_repository.add_version(
                connection, form, based_on, [*CRITERIA, *CRITERIA], by="mira", now=NOW
            )
            assert done is expected
    async with database.begin() as connection:
        assert not await score_form_repository.add_version(connection, 999, 1, CRITERIA, by="vera", now=NOW)
        assert await score_form_repository.retire(connection, other, by="vera", now=NOW)
        assert not await score_form_repository.retire(connection, other, by="vera", now=NOW)
    async with database.read() as connection:
        (used,) = await score_form_repository.all_current(connection)
        everything = await score_form_repository.all_current(connection, retired=True)
        kept = select(score_form_versions.c.criteria).where(score_form_versions.c.form_id == form)
        first = (await connection.execute(kept.order_by(score_form_versions.c.version))).scalars().first()
    assert (used.version, used.created_by, len(used.criteria)) == (3, "mira", 2)
    assert [one.name for one in everything] == ["Alarm", "Razgovor"]
    assert first == CRITERIA, "version 1 is as it was"


async def test_a_score_is_given_once_changed_and_answered_once(database, recording):
    async with database.begin() as connection:
        form = await score_form_repository.add(connection, "Razgovor", CRITERIA, by="vera", now=NOW)
        version = (await score_form_repository.current(connection, form)).version_id
        who = {"form_id": form, "version_id": version, "operator": "ana", "given": GIVEN}
        score = await score_repository.add(connection, recording, **who, by="vera", now=NOW)
        assert score is not None
        assert await score_repository.add(connection, recording, **who, by="vera", now=NOW) is None
        other = await score_repository.add(connection, recording, **who, by="mira", now=NOW)
        await score_repository.change(connection, score, Given([5], 100.0, [""], ""), now=NOW + timedelta(hours=1))
        assert not await score_repository.add_remark(connection, score, "hvala", operator="boris", now=NOW)
        assert await score_repository.add_remark(connection, score, "hvala", operator="ana", now=NOW)
        assert not await score_repository.add_remark(connection, score, "opet", operator="ana", now=NOW)
    async with database.read() as connection:
        first, second = await score_repository.of_recording(connection, recording)
        assert (first.marks, first.percent, first.remark, first.changed_at) == (
            [5],
            100.0,
            "hvala",
            NOW + timedelta(hours=1),
        )
        assert (second.scored_by, second.comments, second.criteria) == ("mira", ["topao glas"], CRITERIA)
        assert [one.id for one in await score_repository.of_operator(connection, "ana")] == [other, score]
        assert await score_repository.of_operator(connection, "boris") == []
        assert await score_repository.get_own(connection, score, "boris") is None
        assert await score_repository.get_within(connection, score, HearingScope(queues=["water"])) is None
        assert (await score_repository.get_within(connection, score, HearingScope(queues=["heating"]))).id == score
        day = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
        found = await score_repository.percents(connection, *day, HearingScope())
        assert sorted(found) == [("ana", "r1", 80.0), ("ana", "r1", 100.0)]
        assert await score_repository.percents(connection, *day, HearingScope(queues=["water"])) == []
        assert await score_repository.percents(connection, day[1], NOW + timedelta(days=2), HearingScope()) == []
    async with database.begin() as connection:
        await score_repository.forget_words(connection, [recording])
    async with database.read() as connection:
        first, second = await score_repository.of_recording(connection, recording)
    assert (first.remark, second.comments, second.comment, second.percent) == ("", [], "", 80.0)


async def test_who_sat_at_a_telephone_then(database):
    row = {"extension": "2001", "end_reason": ""}
    async with database.begin() as connection:
        for number, (name, begins, ends) in enumerate((("ana", 0, 4), ("boris", 4, None))):
            times = {"began_at": NOW + timedelta(hours=begins), "ended_at": ends and NOW + timedelta(hours=ends)}
            await connection.execute(
                insert(operator_sessions).values(row | times | {"id": f"s{number}", "username": name})
            )
    async with database.read() as connection:
        at = [
            await score_repository.operator_at(connection, "2001", NOW + timedelta(hours=hours)) for hours in (-1, 1, 5)
        ]
    assert at == [None, "ana", "boris"]


async def test_which_recording_wants_a_text(database, recording):
    async def wanted(now=NOW, languages=("sr", "hu")):
        async with database.read() as connection:
            found = await recording_texts.next_wanted(connection, languages, now)
        return found and (found[0].id, found[1])

    assert await wanted() == ("r1", "sr")
    assert await wanted(languages=("hu",)) is None
    assert await wanted(NOW + NEWEST + timedelta(seconds=1)) is None
    for number in range(1, MOST_FAILURES + 1):
        async with database.begin() as connection:
            assert await recording_texts.lock(connection, "r1")
            state = await recording_texts.note_failure(connection, "r1", "sr", "x" * 900, NOW)
        assert (state.failures, len(state.error)) == (number, 500)
        assert await wanted() is None
        later = await wanted(NOW + AGAIN_AFTER + timedelta(seconds=1))
        assert later == (None if number == MOST_FAILURES else ("r1", "sr"))
    assert state.is_given_up
    async with database.begin() as connection:
        await recording_texts.set_made(connection, "r1", "sr", NOW)
        made = await recording_texts.get(connection, "r1")
        assert (made.failures, made.made_at, made.is_given_up) == (0, NOW, False)
        await recording_texts.forget(connection, ["r1"])
        assert await recording_texts.get(connection, "r1") is None
        assert not await recording_texts.lock(connection, "none")
