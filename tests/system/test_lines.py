"""Lines to other exchanges on real Asterisk: a server that answers, a silent one, a registration that is refused."""

import asyncio
import contextlib
import socket
import threading
from dataclasses import replace

import pytest

from ami.client import AmiAccount, AmiClient
from ami.lines import AmiLines
from asterisk_conf.models import Secrets, Trunk
from calls.ports import CallControlError
from tests.free_ports import free_port_block
from tests.system.asterisk_bed import running_bed

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
COPIED = ("via", "from", "to", "call-id", "cseq")


class Server:
    """Another exchange: answers OPTIONS and refuses to register anybody."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)

    def _serve(self):
        while True:
            request, sender = self.socket.recvfrom(65536)
            if not request:
                return
            first, *headers = request.decode().split("\r\n")
            status = "403 Forbidden" if first.startswith("REGISTER") else "200 OK"
            kept = [line for line in headers if line.partition(":")[0].lower() in COPIED]
            answer = "\r\n".join([f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""])
            self.socket.sendto(answer.encode(), sender)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()


@contextlib.asynccontextmanager
async def lines_of(bed, user, secret):
    client = AmiClient(AmiAccount("127.0.0.1", bed.inputs.ports.ami, user, secret))
    task = asyncio.create_task(client.run())
    try:
        async with asyncio.timeout(20):
            await client.connected.wait()
        yield AmiLines(client)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_line_is_told_as_it_stands():
    nobody = free_port_block()
    with Server() as server:
        there = f"sip:127.0.0.1:{server.port}"
        trunks = (
            Trunk("stands", ("192.0.2.1",), server=there),
            Trunk("silent", ("192.0.2.2",), server=f"sip:127.0.0.1:{nobody}"),
            Trunk("refused", ("192.0.2.3",), server=there, username="town", secret="wrong-secret", register=True),
            Trunk("incoming", ("192.0.2.4",)),
        )
        secrets = Secrets("bed-token-1", "reader-secret", "writer-secret", "phones-secret")
        with running_bed(change=lambda inputs: replace(inputs, trunks=trunks, secrets=secrets)) as bed:
            async with lines_of(bed, "centrala-phones", "phones-secret") as lines:
                expected = {
                    "stands": (True, ""),
                    "silent": (False, "server: Unavailable"),
                    "refused": (False, "registration: Rejected"),
                }
                found = {}
                async with asyncio.timeout(60):
                    while not expected.items() <= found.items():
                        found = {line.name: (line.up, line.detail) for line in await lines.lines()}
                        await asyncio.sleep(0.2)
                assert "incoming" not in found, "it has no server that could be away"
            async with lines_of(bed, "centrala-writer", "writer-secret") as lines:
                with pytest.raises(CallControlError, match="Permission denied"):
                    await lines.lines()
