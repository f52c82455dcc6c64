"""Callers whose equipment sends anything: nothing is executed, nothing hangs, other calls go on."""

import re
import socket

import pytest

from tests.system.asterisk_bed import wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

NAMES = [
    "Petar",
    "${SHELL(touch /tmp/centrala-was-here)}",
    "$[1/0]",
    "&PJSIP/2001&",
    'a\\\\\\"b',
    "<img src=x onerror=alert(1)>",
    "' OR 1=1 --",
    "x" * 1000,
    "\udcff\udcfe\udc80",
    "Č ć Ž š Đ",
    "%0d%0aX-Evil: 1",
]
USERS = [
    "0641234567",
    "anonymous",
    "%24%7BSHELL(id)%7D",
    "2001",
    "-1",
    "%00",
    "311",
    "a" * 300,
    "%0d%0a",
    "*71",
    "+1%26",
]


def test_hostile_names_numbers_and_keys(shared_bed, tiny_agi):
    tiny_agi(shared_bed.inputs.ports.agi_first, "forget")
    tiny_agi(shared_bed.inputs.ports.agi_second, "done:message")
    keys = ["1", "${X}", "A", "99999999999999999999", "<b>", "#", "\udcff", "*", "16", "&", "0"]
    rows = [[user, "1200", key, name] for user, key, name in zip(USERS, keys, NAMES, strict=True)]
    before = shared_bed.ended_calls()
    hostile = shared_bed.sipp("uac_hostile", rows, rate=4)
    ordinary = shared_bed.sipp("uac_hangup_in_menu", [[f"06499999{number:02d}", "1500"] for number in range(8)], rate=4)
    result = ordinary.finish(60)
    assert (result.failed, result.succeeded) == (0, 8), result.errors
    attacked = hostile.finish(60)
    assert attacked.started == len(rows)
    assert attacked.failed == 0, attacked.errors
    wait_for(lambda: len(shared_bed.ended_calls() - before) >= 8 + len(rows), reason="every call is over in CEL")
    assert shared_bed.process.poll() is None
    for row in shared_bed.cel():
        if row["event"] not in {"CHAN_START", "ANSWER"}:
            assert all(one.isascii() and (one.isalnum() or one == "+") for one in row["caller"]), (
                "stripped on the way in"
            )
    assert "centrala-was-here" not in shared_bed.console("core show channels")
    assert not (shared_bed.inputs.directories.incoming_recordings / "..").joinpath("centrala-was-here").exists()
    names = [path.name for path in shared_bed.inputs.directories.incoming_recordings.iterdir()]
    assert all(re.fullmatch(r"\d+\.\d+-(caller|system)\.wav", name) for name in names), "file names are our own ids"


def test_a_caller_who_gives_up_at_once_is_in_the_record(shared_bed):
    before = shared_bed.ended_calls()
    result = shared_bed.sipp("uac_cancel", [["0640000001"]] * 5, rate=5).finish(40)
    assert (result.failed, result.succeeded) == (0, 5), result.errors + result.output
    wait_for(lambda: len(shared_bed.ended_calls() - before) == 5, reason="each has its end in CEL")


def test_a_stranger_cannot_register_or_dial_as_an_operator(shared_bed):
    row = ["2001", "[authentication username=2001 password=wrong]", "5999", "60"]
    assert shared_bed.sipp("uac_register", [row]).finish(30).succeeded == 0
    before = len(shared_bed.cel())
    dialled = shared_bed.sipp("uac_load", [["2001"]], service="2002").finish(30)
    assert dialled.succeeded == 0, "an operator's name without the password rings nobody"
    unknown = shared_bed.sipp("uac_load", [["0641234567"]], service="00381641234567").finish(30)
    assert unknown.succeeded == 0, "there is no way out for a caller"
    assert len(shared_bed.cel()) == before, "no channel came of it"


def test_noise_on_the_sip_port_does_not_disturb_a_call(shared_bed, tiny_agi):

    tiny_agi(shared_bed.inputs.ports.agi_first, "done:hangup")
    port = shared_bed.inputs.ports.sip
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        for blob in (
            b"\0" * 1400,
            b"INVITE sip:311@x SIP/2.0\r\n\r\n",
            b"\xff" * 60000,
            b"OPTIONS " + b"A" * 4000,
            b"\r\n",
        ):
            noise.sendto(blob, ("127.0.0.1", port))
    half_open = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(20)]
    half_open[0].sendall(b"INVITE sip:311@127.0.0.1 SIP/2.0\r\nContent-Length: 1048576\r\n")
    result = shared_bed.sipp("uac_load", [["0641234567"]] * 3, rate=3).finish(40)
    for connection in half_open:
        connection.close()
    assert (result.failed, result.succeeded) == (0, 3), result.errors
