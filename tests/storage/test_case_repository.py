from datetime import timedelta

import pytest

from calls.ids import CaseNumber
from cases.lifecycle import Status
from storage import case_repository as cases
from storage.tables import calls


async def test_case_is_created_once_and_has_its_first_line(database, new_case):
    case = new_case()
    async with database.begin() as connection:
        assert await cases.create(connection, case, source="call:1.1:4")
        assert not await cases.create(connection, case, source="call:1.1:4")
    async with database.read() as connection:
        stored = await cases.get(connection, case.number)
        lines = await cases.timeline(connection, case.number)
    assert stored is not None
    assert (stored.street, stored.status, stored.version, stored.due_at) == ("Šumadijska", "received", 1, case.due_at)
    assert [(line.kind, line.actor) for line in lines] == [("created", "2003")]


async def test_unknown_case_is_none(database):
    async with database.read() as connection:
        assert await cases.get(connection, CaseNumber.mint(2026, 1, 9)) is None


@pytest.mark.parametrize("text", ["sumadijska", "ŠUMADIJSKA", "Шумадијска", "voda 12", "26-10001", "vodovod kolov"])
async def test_search_finds_by_any_spelling(database, new_case, text):
    async with database.begin() as connection:
        await cases.create(connection, new_case(1))
        await cases.create(
            connection, new_case(2, street="Đure Jakšića", description="rupa", organisation="putevi", owner="putevi")
        )
        found, total = await cases.search(connection, text=text)
    assert [case.street for case in found] == ["Šumadijska"]
    assert total == 1


@pytest.mark.parametrize("text", ["%", "v_da", "\\", "100%", "' OR 1=1 --"])
async def test_search_signs_are_only_text(database, new_case, text):
    async with database.begin() as connection:
        await cases.create(connection, new_case())
        assert await cases.search(connection, text=text) == ([], 0)


async def test_list_is_filtered_ordered_and_paged(database, new_case, now):
    async with database.begin() as connection:
        for sequence in range(1, 6):
            late = now + timedelta(hours=sequence - 3)
            await cases.create(
                connection, new_case(sequence, due_at=late, created_at=now + timedelta(minutes=sequence))
            )
        page, total = await cases.search(connection, limit=2, offset=1, order="due_at")
        overdue, _ = await cases.search(connection, overdue_at=now, order="created_at")
        none, _ = await cases.search(connection, status=[Status.CLOSED], organisation="vodovod")
        numbers = await cases.counts(connection, now, "vodovod")
    assert total == 5
    assert [case.due_at for case in page] == [now - timedelta(hours=1), now]
    assert len(overdue) == 2
    assert none == []
    assert (numbers.open, numbers.overdue, numbers.send_failed) == (5, 2, 0)


async def test_update_writes_timeline_and_version(database, new_case, now):
    case = new_case()
    later = now + timedelta(minutes=5)
    async with database.begin() as connection:
        await cases.create(connection, case)
        changed = await cases.update_case(
            connection,
            case.number,
            version=1,
            changes={"status": Status.ASSIGNED, "street": "Balkanska"},
            actor="2003",
            at=later,
            kind="transition",
        )
        found, _ = await cases.search(connection, text="balkanska")
        lines = await cases.timeline(connection, case.number)
    assert (changed.status, changed.version, changed.updated_at, changed.closed_at) == ("assigned", 2, later, None)
    assert len(found) == 1
    assert lines[-1].data == {"status": "assigned", "street": "Balkanska"}


async def test_second_author_is_told_of_the_conflict(database, new_case, now):
    case = new_case()
    async with database.begin() as connection:
        await cases.create(connection, case)
        await cases.update_case(connection, case.number, version=1, changes={"owner": "a"}, actor="a", at=now)
    with pytest.raises(cases.Conflict, match="version 2, not 1"):
        async with database.begin() as connection:
            await cases.update_case(connection, case.number, version=1, changes={"owner": "b"}, actor="b", at=now)


async def test_closing_and_reopening_set_the_time(database, new_case, now):
    case = new_case()
    async with database.begin() as connection:
        await cases.create(connection, case)
        closed = await cases.update_case(
            connection, case.number, version=1, changes={"status": Status.CLOSED}, actor="a", at=now
        )
        again = await cases.update_case(
            connection, case.number, version=2, changes={"status": Status.REOPENED}, actor="a", at=now
        )
    assert (closed.closed_at, again.closed_at) == (now, None)


async def test_what_may_not_be_edited_is_refused(database, new_case, now):
    async with database.begin() as connection:
        await cases.create(connection, new_case())
        with pytest.raises(ValueError, match="pin_hash"):
            await cases.update_case(
                connection, new_case().number, version=1, changes={"pin_hash": "x"}, actor="a", at=now
            )


async def test_a_line_with_the_same_source_comes_once(database, new_case, now):
    case = new_case()
    async with database.begin() as connection:
        await cases.create(connection, case)
        for _ in range(2):
            await cases.add_event(connection, case.number, at=now, kind="note", actor="a", data={}, source="n:1")
        assert [line.kind for line in await cases.timeline(connection, case.number)] == ["created", "note"]


async def test_cases_of_a_caller_come_through_his_calls(database, new_case, now):
    async with database.begin() as connection:
        for linkedid, token in (("1.1", "t1"), ("1.2", "t2"), ("1.3", "t1")):
            row = {"linkedid": linkedid, "direction": "inbound", "arrived_at": now, "caller_token": token}
            await connection.execute(calls.insert().values(row))
        await cases.create(connection, new_case(1, linkedid="1.1", status=Status.CLOSED))
        await cases.create(connection, new_case(2, linkedid="1.2"))
        await cases.create(connection, new_case(3, linkedid="1.3"))
        found = await cases.cases_of_caller(connection, "t1")
        of_call = await cases.cases_of_call(connection, "1.2")
    assert [case.linkedid for case in found] == ["1.3", "1.1"]
    assert [case.linkedid for case in of_call] == ["1.2"]
