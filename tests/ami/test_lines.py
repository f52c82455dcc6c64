from ami.lines import lines_of
from calls.ports import LineNow


def registration(name, status):
    return {"event": "OutboundRegistrationDetail", "objectname": name, "status": status}


def contact(name, status):
    return {"event": "ContactList", "objectname": f"{name};@abc", "status": status}


def test_a_line_stands_when_it_is_registered_and_its_server_answers():
    rows = [registration("telekom", "Registered"), {"event": "OutboundRegistrationDetailComplete"}]
    assert lines_of(rows, [contact("telekom", "Reachable")]) == (LineNow("telekom", True),)


def test_a_refused_registration_or_a_silent_server_is_told_in_the_exchanges_words():
    assert lines_of([registration("telekom", "Rejected")], []) == (LineNow("telekom", False, "registration: Rejected"),)
    assert lines_of([], [contact("line", "Unreachable")]) == (LineNow("line", False, "server: Unreachable"),)
    both = lines_of([registration("a", "Registered")], [contact("a", "Unreachable"), contact("b", "NonQualified")])
    assert [(line.name, line.up) for line in both] == [("a", False), ("b", True)]
