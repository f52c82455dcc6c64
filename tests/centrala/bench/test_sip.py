import hashlib

import pytest

from centrala.bench import sip
from centrala.bench.manager_traffic import ManagerTraffic
from centrala.bench.processor_time import parse_stat, spent_ms


def test_what_is_written_can_be_read():
    headers = {"Via": "SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1", "From": "<sip:a@b>;tag=1", "To": "<sip:c@d>"}
    headers |= {"Call-ID": "x", "CSeq": "1 INVITE"}
    read = sip.parse(sip.request("INVITE", "sip:c@d", headers, sip.audio(4000)))
    assert (read.method, read.status, read.media) == ("INVITE", 0, ("127.0.0.1", 4000))
    answered = sip.parse(sip.answer(read, 200, "OK", "phone", "sip:p@127.0.0.1:5"))
    assert (answered.status, answered.method, answered.contact) == (200, "INVITE", "sip:p@127.0.0.1:5")
    assert answered.headers["to"].endswith(";tag=phone")
    with pytest.raises(ValueError, match="SIP"):
        sip.parse(b"\r\n\r\n")


def test_silence_is_no_sound():
    assert not sip.is_sound(sip.rtp(1, b"\xff\x7f" * 80))
    assert sip.is_sound(sip.rtp(1, b"\xff" * 159 + b"\x10"))


def test_the_digest_is_the_one_that_is_asked_for():
    header = sip.authorization('Digest realm="r", nonce="n", opaque="o", qop="auth"', "REGISTER", "sip:h", "2001", "p")
    first = hashlib.md5(b"2001:r:p").hexdigest()  # noqa: S324 - what SIP asks for
    second = hashlib.md5(b"REGISTER:sip:h").hexdigest()  # noqa: S324
    proof = hashlib.md5(f"{first}:n:00000001:probe:auth:{second}".encode()).hexdigest()  # noqa: S324
    assert f'response="{proof}"' in header
    assert 'opaque="o"' in header


def test_events_are_counted_across_pieces():
    counted = ManagerTraffic()
    wire = b"Response: Success\r\n\r\nEvent: FullyBooted\r\n\r\nEvent: AgentCalled\r\nQueue: q\r\n\r\n"
    for position in range(len(wire)):
        counted.take(wire[position : position + 1])
    assert dict(counted.events) == {"AgentCalled": 1}
    assert counted.size == len(b"Event: AgentCalled\r\nQueue: q\r\n\r\n")


def test_processor_time_counts_children_that_have_ended():
    fields = ["S", *("0" for _ in range(10)), "3", "4", "5", "6", *("0" for _ in range(30))]
    assert parse_stat(f"7 (a (strange) name) {' '.join(fields)}") > 0
    with pytest.raises(ProcessLookupError):
        spent_ms([2**22 + 1])
