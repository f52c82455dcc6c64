import pytest

from agi.arrival import Arrival


@pytest.mark.parametrize(
    ("channel", "presented", "taken"),
    [
        ("PJSIP/test-00000001", "2001", "invalid"),
        ("PJSIP/2001-00000001", "2001", "2001"),
        ("PJSIP/test-00000001", "0641234567", "0641234567"),
    ],
)
def test_a_stranger_with_an_operators_number_is_no_colleague(channel, presented, taken):
    fields = {"uniqueid": "1.1", "callerid": presented, "channel": channel}
    assert Arrival.read(fields).caller == taken
