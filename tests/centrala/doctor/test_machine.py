import socket
from collections import namedtuple
from datetime import UTC, datetime

import pytest

from centrala.doctor import machine
from centrala.doctor.finding import Level
from centrala.settings import ConsoleSettings, Settings, SipSettings

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_port_is_named_with_its_setting(kind):
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        bind = f"127.0.0.1:{holder.getsockname()[1]}"
        if kind == socket.SOCK_STREAM:
            settings = Settings(console=ConsoleSettings(bind=bind))
        else:
            settings = Settings(sip=SipSettings(bind=bind))
        taken = [f for f in machine.check_ports(settings, running=False) if bind in f.text and f.level is Level.FAILED]
    assert len(taken) == 1
    assert ("console.bind" if kind == socket.SOCK_STREAM else "sip.bind") in taken[0].mend


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
