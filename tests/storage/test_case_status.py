from datetime import timedelta

import pytest

from calls.ids import CaseNumber
from storage import case_repository
from storage.case_mint import pin_hash
from storage.case_status import MOST_WRONG, SqlCaseStatus
from storage.database import Database

KEY = b"p" * 32


@pytest.fixture
async def case(database, new_case):
    number = new_case().number
    new = new_case(pin_hash=pin_hash(KEY, number, "0042"))
    async with database.begin() as connection:
        await case_repository.create(connection, new)
    return new


async def test_the_right_pin_tells_how_it_stands(database, case, clock):
    answer = await SqlCaseStatus(database, KEY, clock).status_of(case.number, "0042")
    assert answer is not None
    assert (answer.status, answer.service_code, answer.expected_at) == ("received", "burst_main", case.due_at)


@pytest.mark.parametrize("pin", ["0043", "", "00042", "42", "٠٠٤٢"])
async def test_a_wrong_pin_tells_nothing(database, case, clock, pin):
    assert await SqlCaseStatus(database, KEY, clock).status_of(case.number, pin) is None


async def test_an_unknown_case_tells_nothing(database, clock):
    assert await SqlCaseStatus(database, KEY, clock).status_of(CaseNumber.mint(2026, 2, 5), "0042") is None


async def test_pins_cannot_be_tried_out(database, case, clock):
    lookup = SqlCaseStatus(database, KEY, clock)
    for attempt in range(MOST_WRONG):
        assert await lookup.status_of(case.number, f"{attempt + 100:04d}") is None
    assert await lookup.status_of(case.number, "0042") is None
    clock.now += timedelta(hours=1)
    assert await lookup.status_of(case.number, "0042") is not None


async def test_an_outage_is_an_os_error(clock):
    down = Database("sqlite:////nonexistent/x.db")
    with pytest.raises(OSError, match="unavailable"):
        await SqlCaseStatus(down, KEY, clock).status_of(CaseNumber.mint(2026, 1, 1), "0000")
    await down.close()
