import socket
from collections import namedtuple
from datetime import UTC, datetime

import pytest

from centrala.doctor import machine
from centrala.doctor.finding import Level
from centrala.settings import ConsoleSettings, Settings, SipSettings

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("kind", "protocol", "setting"),
    [(socket.SOCK_STREAM, "TCP", "console.bind"), (socket.SOCK_DGRAM, "UDP", "sip.bind")],
)
def test_a_taken_port_is_named_with_its_setting(kind, protocol, setting):
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        bind = f"127.0.0.1:{port}"
        if kind == socket.SOCK_STREAM:
            settings = Settings(console=ConsoleSettings(bind=bind))
        else:
            settings = Settings(sip=SipSettings(bind=bind))
        findings = machine.check_ports(settings, running=False)
    # SIP has both protocols, and the other one of this number may be somebody else's.
    (taken,) = [finding for finding in findings if finding.subject == f"port {port}/{protocol}"]
    assert taken.level is Level.FAILED
    assert bind in taken.text
    assert setting in taken.mend


@pytest.mark.parametrize(
    ("free", "level"),
    [(50 << 30, Level.OK), (10 << 30, Level.WARNING), (1 << 30, Level.WARNING), (1 << 20, Level.FAILED)],
)
def test_free_space(monkeypatch, tmp_path, free, level):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: Usage(100 << 30, 0, free))
    finding = machine.check_disk(tmp_path / "not" / "yet" / "made", 15)
    assert finding.level is level
    assert (finding.mend == "") == (level is Level.OK)


@pytest.mark.parametrize(
    ("now", "newest", "level"),
    [
        (datetime(2027, 1, 1, tzinfo=UTC), None, Level.OK),
        (datetime(1970, 1, 1, tzinfo=UTC), None, Level.FAILED),
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC), Level.FAILED),
    ],
)
def test_a_clock_that_runs_behind(now, newest, level):
    assert machine.check_clock(now, newest).level is level
