"""A call through the menu's end, the queue and an operator's phone: what CEL says of it, and what AMI costs."""

import contextlib
import re
import socket
from functools import partial

import pytest

from tests.system.asterisk_bed import AsteriskBed, free_port_block, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


class AmiListener:
    """Reads everything that one AMI user is sent."""

    def __init__(self, bed: AsteriskBed, user: str, secret: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", bed.inputs.ports.ami), timeout=5)
        self._socket.settimeout(0.2)
        self.received = b""
        self.send(Action="Login", Username=user, Secret=secret)
        wait_for(lambda: b"Authentication accepted" in self.read(), reason="AMI login")

    def send(self, **headers: str) -> None:
        self._socket.sendall("".join(f"{key}: {value}\r\n" for key, value in headers.items()).encode() + b"\r\n")

    def read(self) -> bytes:
        with contextlib.suppress(TimeoutError):
            self.received += self._socket.recv(65536)
        return self.received

    def has(self, text: str) -> bool:
        return text.encode() in self.read()

    def events(self) -> list[tuple[str, int]]:
        """Return name and size in bytes of each event."""
        blocks = self.read().split(b"\r\n\r\n")
        named = [(re.match(rb"Event: (\w+)", block.lstrip()), len(block) + 4) for block in blocks]
        return [(name.group(1).decode(), size) for name, size in named if name is not None]

    def close(self) -> None:
        self._socket.close()


def register_operator(bed: AsteriskBed, extension: str, *, ring_ms: int = 300) -> None:
    """Start a SIPp phone for the operator, register it and put it into the queue."""
    port = free_port_block(kind=socket.SOCK_DGRAM)
    row = [extension, f"[authentication username={extension} password=secret-{extension}]", str(port), "300"]
    # From the phone's own port: the exchange rings the address from which the registration came.
    result = bed.sipp("uac_register", [row], local_port=port).finish(20)
    assert result.failed == 0, result.errors + result.output
    bed.sipp("uas_operator", [["-"]], local_port=port, calls=1000, arguments=["-key", "ring", str(ring_ms)])
    answer = bed.console(f"queue add member PJSIP/{extension} to operators")
    assert "Added interface" in answer
    bed.console(f"pjsip qualify {extension}")
    wait_for(lambda: "Not in use" in bed.console("queue show operators"), reason="the phone is reachable")


def test_an_operator_answers_and_ami_stays_small(asterisk_bed, tiny_agi):
    bed = asterisk_bed
    tiny_agi(bed.inputs.ports.agi_first, "done:queue")
    register_operator(bed, "2001")
    listener = AmiListener(bed, "centrala-reader", bed.inputs.secrets.ami_reader)
    result = bed.sipp("uac_hangup_in_menu", [["0641234567", "3000"]]).finish(30)
    assert result.failed == 0, result.errors + result.output
    wait_for(lambda: bed.ended_calls(), reason="the call is over in CEL")
    call = bed.ended_calls().pop()

    rows = [row for row in bed.cel() if row["linkedid"] == call]
    assert {row["channel"].partition("-")[0] for row in rows} == {"PJSIP/test", "PJSIP/2001"}, "one call, two legs"
    answers = [row["channel"].partition("-")[0] for row in rows if row["event"] == "ANSWER"]
    assert answers == ["PJSIP/test", "PJSIP/2001"]
    assert [row["event"] for row in rows if row["event"] == "BRIDGE_ENTER"] != []
    recording = bed.inputs.directories.incoming_recordings / f"{call}.wav"
    assert recording.stat().st_size > 2 * 16000, "recorded from the answer to the end"

    events = [event for event in listener.events() if event[0] != "FullyBooted"]
    listener.close()
    print("AMI events of one call:", events, sum(size for _, size in events), "bytes")
    names = [name for name, _ in events]
    assert names.count("AgentCalled") == 1
    assert names.count("AgentConnect") == 1
    assert len(events) <= 10
    assert sum(size for _, size in events) <= 3000


def test_ami_users_may_do_only_what_they_need(asterisk_bed):
    secrets = asterisk_bed.inputs.secrets
    for user, secret in (("centrala-reader", secrets.ami_reader), ("centrala-writer", secrets.ami_writer)):
        listener = AmiListener(asterisk_bed, user, secret)
        refused = ["Command", "GetConfig", "UpdateConfig"] + (["Originate"] if user == "centrala-reader" else [])
        for action in refused:
            listener.send(Action=action, ActionID=f"try-{action}", Command="core show version", Filename="pjsip.conf")
            wait_for(partial(listener.has, f"try-{action}"), reason=f"answer to {action}")
        answers = [block for block in listener.received.split(b"\r\n\r\n") if b"try-" in block]
        assert len(answers) == len(refused)
        assert all(b"Permission denied" in block for block in answers), answers
        listener.close()
