from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calls.ids import CaseNumber
from cases.case import Case, CaseChannel, CaseKind
from cases.duplicates import distance_m, possible_duplicates
from cases.lifecycle import Status

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def case(sequence, **changes):
    values = {
        "number": CaseNumber.mint(2026, 1, sequence),
        "pin_hash": "",
        "kind": CaseKind.REQUEST,
        "channel": CaseChannel.PHONE,
        "owner": "vodovod",
        "created_by": "x",
        "created_at": NOW,
        "updated_at": NOW,
        "service_code": "burst_main",
        "latitude": 43.58,
        "longitude": 21.33,
    }
    return Case(**values | changes)


def test_distance_of_a_known_pair():
    # One minute of latitude is a nautical mile: 1852 m, within the roundness of the Earth.
    assert distance_m(43.0, 21.0, 43.0 + 1 / 60, 21.0) == pytest.approx(1853, abs=2)
    assert distance_m(43.0, 21.0, 43.0, 21.0) == 0


def test_near_ones_come_nearest_first_and_street_only_last():
    new = case(1, street="Vidovdanska")
    others = [
        case(2, latitude=43.581),
        case(3, latitude=43.5801),
        case(4, latitude=None, longitude=None, street="vidovdanska"),
        case(5, latitude=43.60),
    ]
    assert [one.case.number for one in possible_duplicates(new, others)] == [others[i].number for i in (1, 0, 2)]


@pytest.mark.parametrize(
    "changes",
    [
        {"service_code": "pothole"},
        {"status": Status.CLOSED},
        {"created_at": NOW - timedelta(days=8)},
        {"latitude": None, "street": "Balkanska"},
    ],
)
def test_others_are_not_duplicates(changes):
    new = case(1, street="Vidovdanska")
    assert possible_duplicates(new, [case(2, **changes)]) == []


def test_a_case_is_not_its_own_duplicate():
    new = case(1)
    assert possible_duplicates(new, [replace(new)]) == []


def test_no_place_at_all_is_near_nothing():
    nowhere = {"latitude": None, "longitude": None}
    assert possible_duplicates(case(1, **nowhere), [case(2, **nowhere)]) == []
