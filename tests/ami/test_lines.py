from ami.lines import lines_of
from calls.ports import LineNow


def registration(name, status):
    return {"event": "OutboundRegistrationDetail", "objectname": name, "status": status}


def endpoint(name, state, contacts="one/sip:192.0.2.1,"):
    return {"event": "EndpointList", "objectname": name, "devicestate": state, "contacts": contacts}


def test_a_line_stands_when_it_is_registered_and_its_server_answers():
    rows = [registration("telekom", "Registered"), {"event": "OutboundRegistrationDetailComplete"}]
    assert lines_of(rows, [endpoint("telekom", "Not in use")]) == (LineNow("telekom", True),)


def test_a_refused_registration_or_a_silent_server_is_told_in_the_exchanges_words():
    assert lines_of([registration("telekom", "Rejected")], []) == (LineNow("telekom", False, "registration: Rejected"),)
    assert lines_of([], [endpoint("line", "Unavailable")]) == (LineNow("line", False, "server: Unavailable"),)
    both = lines_of([registration("a", "Registered")], [endpoint("a", "Unavailable"), endpoint("b", "In use")])
    assert [(line.name, line.up) for line in both] == [("a", False), ("b", True)]


def test_telephones_and_lines_without_a_server_are_no_lines_that_can_be_down():
    rows = [endpoint("2001", "Unavailable"), endpoint("w2001", "Unavailable"), endpoint("incoming", "Unavailable", "")]
    assert lines_of([], rows) == ()
