"""A raw AMI connection and SIPp phones for operators: what tests of the queue on a real Asterisk share."""

import contextlib
import re
import socket
from collections.abc import Sequence
from functools import partial

from tests.free_ports import free_port_block
from tests.system.asterisk_bed import AsteriskBed, wait_for


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


def register_operator(
    bed: AsteriskBed, extension: str, *, ring_ms: int = 300, queues: Sequence[str] = ("operators",)
) -> None:
    """Start a SIPp phone for the operator, register it and put it into the queues."""
    port = free_port_block()
    row = [extension, f"[authentication username={extension} password=secret-{extension}]", str(port), "300"]
    # From the phone's own port: the exchange rings the address from which the registration came.
    result = bed.sipp("uac_register", [row], local_port=port).finish(20)
    assert result.failed == 0, result.errors + result.output
    bed.sipp("uas_operator", [["-"]], local_port=port, calls=1000, arguments=["-key", "ring", str(ring_ms)])
    for queue in queues:
        assert "Added interface" in bed.console(f"queue add member PJSIP/{extension} to {queue}")
    bed.console(f"pjsip qualify {extension}")
    for queue in queues:
        wait_for(partial(_is_free, bed, queue, extension), reason=f"{extension} is reachable in {queue}")


def _is_free(bed: AsteriskBed, queue: str, extension: str) -> bool:
    lines = bed.console(f"queue show {queue}").splitlines()
    return any(f"PJSIP/{extension}" in line and "Not in use" in line for line in lines)
