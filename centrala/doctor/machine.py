"""Checks of the machine: ports, disk, clock, file limit, folder names."""

from __future__ import annotations

import resource
import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path

from centrala.doctor.finding import Finding, failed, ok, warning
from centrala.settings import Settings, split_host_port

FIRST_RELEASE = datetime(2026, 1, 1, tzinfo=UTC)
LEAST_FREE_BYTES = 2 << 30
LEAST_FILES = 8192


def check_ports(settings: Settings, *, running: bool) -> list[Finding]:
    """Try to bind every address. While our own processes run the ports are rightly taken."""
    if running:
        return [ok("ports", "held by the running installation")]
    wanted = [
        ("sip.bind", settings.sip.bind, socket.SOCK_DGRAM),
        ("sip.bind", settings.sip.bind, socket.SOCK_STREAM),
        ("sip.websocket_bind", settings.sip.websocket_bind, socket.SOCK_STREAM),
        ("agi.bind", settings.agi.bind, socket.SOCK_STREAM),
        ("agi.second_bind", settings.agi.second_bind, socket.SOCK_STREAM),
        ("ami.bind", settings.ami.bind, socket.SOCK_STREAM),
        ("console.bind", settings.console.bind, socket.SOCK_STREAM),
        ("public_site.bind", settings.public_site.bind, socket.SOCK_STREAM),
    ]
    return [_check_port(name, bind, kind) for name, bind, kind in wanted]


def _check_port(name: str, bind: str, kind: socket.SocketKind) -> Finding:
    host, port = split_host_port(bind)
    protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
    subject = f"port {port}/{protocol}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return failed(
                subject,
                f"{bind} cannot be used: {error.strerror}",
                f"end the program that holds it (ss -lpn 'sport = :{port}') or choose another address in {name}",
            )
    return ok(subject, f"{bind} is free")


def check_disk(path: Path, low_percent: int) -> Finding:
    """Look at the free space where the recordings and the journal grow."""
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    usage = shutil.disk_usage(existing)
    percent = 100 * usage.free // usage.total
    text = f"{usage.free / (1 << 30):.1f} GiB free ({percent} %) at {path}"
    mend = f"free space, or move {path} to a larger disk (recordings.directory, CENTRALA_HOME)"
    if usage.free < LEAST_FREE_BYTES // 8:
        return failed("disk", text, mend)
    if percent < low_percent or usage.free < LEAST_FREE_BYTES:
        return warning("disk", text, mend)
    return ok("disk", text)


def check_clock(now: datetime, newest_record: datetime | None) -> Finding:
    """A clock that runs behind this release, or behind our own newest record, makes every deadline wrong."""
    mend = "set the clock and keep it right: apt-get install systemd-timesyncd"
    if now < FIRST_RELEASE:
        return failed("clock", f"the clock says {now:%Y-%m-%d %H:%M} UTC", mend)
    if newest_record is not None and newest_record > now:
        return failed("clock", f"the newest record is from {newest_record:%Y-%m-%d %H:%M} UTC, later than now", mend)
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def check_open_files() -> Finding:
    """A call needs five or six descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < LEAST_FILES:
        return warning("open files", f"at most {hard}", "raise LimitNOFILE in the service's unit to 65536")
    return ok("open files", f"limit {soft}, can be raised to {hard}")
