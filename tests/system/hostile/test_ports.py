"""Scans, half-open, slow, garbage and giants on every listening port, while calls go on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.system.asterisk_bed import wait_for
from tests.system.hostile.conftest import logs
from tests.system.installation import Installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(150)]

GARBAGE = bytes(range(256)) * 16
REQUEST = b"INVITE sip:311@127.0.0.1 SIP/2.0\r\nContent-Length: 1048576\r\n"
ACTION = b"Action: Originate\r\nChannel: PJSIP/2001\r\nApplication: System\r\nData: id\r\n\r\n"
HELD = 3.0


def sockets_of(pids: Sequence[int]) -> set[str]:
    """Return the inodes of the sockets that these processes have open."""
    found = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if match := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(link)):
                    found.add(match[1])
    return found


def listening(installation: Installation, kind: str) -> set[int]:
    """Return the ports (`tcp` or `udp`) on which the installation's processes take connections or packets."""
    inodes = sockets_of([row["pid"] for row in installation.processes().values()])
    ports = set()
    for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[9] in inodes and fields[3] == {"tcp": "0A", "udp": "07"}[kind]:
            ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


async def send(port: int, pieces: Sequence[bytes], *, gap: float = 0.0, held: float = 0.0) -> None:
    """Connect, send, and stay; being thrown out is what is expected."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(HELD * 3):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    if gap:
                        await asyncio.sleep(gap)
                if held:
                    async with asyncio.timeout(held):
                        while await reader.read(65536):
                            pass
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


async def attack(ports: Sequence[int], rounds: int) -> None:
    async with asyncio.TaskGroup() as group:
        for port in ports:
            for _ in range(rounds):
                group.create_task(send(port, ()))
                group.create_task(send(port, (), held=HELD))
                group.create_task(send(port, [REQUEST[:30]], held=HELD))
                group.create_task(send(port, [REQUEST[place : place + 1] for place in range(30)], gap=0.1))
                group.create_task(send(port, (GARBAGE,), held=1.0))
                group.create_task(send(port, (ACTION,), held=1.0))
                group.create_task(send(port, [b"x" * 65536] * 16, held=1.0))


def test_all_ports_are_known(attacked):
    """Nothing listens that an administrator does not know of, and nothing off loopback."""
    names = ("SIP__BIND", "SIP__WEBSOCKET_BIND", "AGI__BIND", "AGI__SECOND_BIND", "AMI__BIND", "CONSOLE__BIND")
    known = {int(attacked.setting(name).rpartition(":")[2]) for name in (*names, "PUBLIC_SITE__BIND")}
    found = listening(attacked, "tcp")
    assert found <= known, f"unknown listeners: {found - known}"
    assert len(found) >= 6
    inodes = sockets_of([row["pid"] for row in attacked.processes().values()])
    for kind in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and fields[3] == "0A":
                assert fields[1].startswith("0100007F:"), f"{kind} listener off loopback: {fields[1]}"


def test_calls_go_on_through_a_scan_of_every_port(attacked, sipp):
    tcp, udp = sorted(listening(attacked, "tcp")), sorted(listening(attacked, "udp"))
    calls = sipp("uac_hangup_in_menu", [[f"06488888{number:02d}", "2500"] for number in range(16)], rate=2)
    before = logs(attacked)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        for port in udp:
            for blob in (b"", b"\0" * 1400, b"\xff" * 60000, REQUEST, GARBAGE, b"\r\n\r\n"):
                noise.sendto(blob, ("127.0.0.1", port))
    asyncio.run(attack(tcp, 4))
    result = calls.finish(60)
    assert (result.failed, result.succeeded) == (0, 16), result.errors
    attacked.wait_ready(timeout=20)
    written = logs(attacked).removeprefix(before)
    assert "Traceback" not in written
    assert max((len(line) for line in written.splitlines()), default=0) < 1000, "no line repeats what was sent"


@pytest.mark.parametrize(
    ("pieces", "line"),
    [
        ((), "ended before its header was complete"),
        ((GARBAGE + b"\n\n",), "closed: "),
        ((b"agi_x: " + b"a" * (1 << 20),), "closed: "),
        ((b"agi_network_script: inbound\nagi_arg_1: wrong\n\n",), "closed: wrong token"),
    ],
)
def test_a_stranger_at_the_fastagi_server_is_one_clear_line(attacked, pieces, line):
    port = int(attacked.setting("AGI__BIND").rpartition(":")[2])
    log = attacked.home / "log" / "agi-1.log"
    before = log.read_text().count("AGI connection from")
    asyncio.run(send(port, pieces, held=1.0))
    wait_for(lambda: log.read_text().count("AGI connection from") > before, reason="it is logged")
    attacked.wait_ready(timeout=10)
    fresh = [row for row in log.read_text().splitlines() if "AGI connection from" in row][before:]
    assert len(fresh) == 1, fresh
    assert line in fresh[0]
    assert len(fresh[0]) < 300


def test_garbage_on_ami_reaches_nothing_and_the_console_keeps_its_link(attacked):
    port = int(attacked.setting("AMI__BIND").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
        stranger.sendall(ACTION + b"Action: Command\r\nCommand: core stop now\r\n\r\n" + GARBAGE)
        stranger.settimeout(5)
        heard = b""
        with contextlib.suppress(OSError):
            while chunk := stranger.recv(65536):
                heard += chunk
    assert b"Permission denied" in heard or b"Authentication Required" in heard
    assert b"Success" not in heard
    asyncio.run(attack([port], 8))
    attacked.wait_ready(timeout=20)
    status, operators = attacked.api("GET", "/api/v1/operators", user="supervisor")
    assert (status, operators["total"]) == (200, 5)
    status, state = attacked.api("PUT", "/api/v1/operators/me/state", "2003", {"state": "ready"})
    assert (status, state["state"]) == (200, "ready"), "the console still steers the PBX"
    assert attacked.api("PUT", "/api/v1/operators/me/state", "2003", {"state": "offline"})[0] == 200
