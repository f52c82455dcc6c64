import itertools

import pytest

from cases.lifecycle import ENDED, TABLE, IllegalTransition, Role, Status, allowed_targets, check_transition


def test_every_status_has_its_row_and_can_be_reached():
    assert set(TABLE) == set(Status)
    reached = {target for edges in TABLE.values() for target in edges}
    assert reached | {Status.RECEIVED} == set(Status)


def test_every_open_case_can_come_to_an_end():
    for start in Status:
        seen, todo = set(), [start]
        while todo:
            status = todo.pop()
            if status not in seen:
                seen.add(status)
                todo += TABLE[status]
        assert seen & ENDED, start


def test_the_machine_never_ends_a_case():
    for current in Status:
        assert not ENDED & set(allowed_targets(current, Role.SYSTEM))


def test_only_the_desk_verifies_and_closes():
    for current, edges in TABLE.items():
        for target in (Status.VERIFIED, Status.CLOSED):
            if target in edges:
                assert edges[target].roles == {Role.OPERATOR, Role.SUPERVISOR}, current


def test_administrators_run_the_server_not_the_cases():
    assert all(not allowed_targets(status, Role.ADMINISTRATOR) for status in Status)


def test_every_end_can_be_reopened_with_a_reason():
    for end in ENDED:
        check_transition(end, Status.REOPENED, Role.OPERATOR, note="građanin kaže da nije")
        with pytest.raises(IllegalTransition, match="say why"):
            check_transition(end, Status.REOPENED, Role.OPERATOR, note="  ")


def test_refusal_says_what_is_possible():
    with pytest.raises(
        IllegalTransition, match=r"received → closed: nobody may do this; operator may: assigned, ordered"
    ):
        check_transition(Status.RECEIVED, Status.CLOSED, Role.OPERATOR)
    with pytest.raises(IllegalTransition, match="fixed → verified: not crew may do this"):
        check_transition(Status.FIXED, Status.VERIFIED, Role.CREW)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        (["received", "assigned", "ordered"], Role.OPERATOR),
        (["ordered", "in_progress"], Role.SYSTEM),
        (["ordered", "send_failed", "ordered"], Role.SYSTEM),
        (["in_progress", "fixed"], Role.CREW),
        (["fixed", "verified", "closed"], Role.SUPERVISOR),
    ],
)
def test_the_good_road(path, role):
    for current, target in itertools.pairwise(path):
        check_transition(Status(current), Status(target), role)
