"""A manager interface on a real socket: says what a test tells it to, and can stall, refuse or cut the line."""

import asyncio
from collections.abc import Callable


class FakeAmi:
    """`answers` maps an action's name to a function from its headers to the text to send back (without ActionID)."""

    def __init__(self):
        self.received: list[dict[str, str]] = []
        self.logins = 0
        self.accept_login = True
        self.silent = False
        self.answers: dict[str, Callable[[dict[str, str]], str]] = {}
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        self.cut()

    def cut(self):
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def say(self, text: str, one_byte_at_a_time: bool = False):
        data = text.replace("\n", "\r\n").encode()
        for writer in self._writers:
            for chunk in [data[i : i + 1] for i in range(len(data))] if one_byte_at_a_time else [data]:
                writer.write(chunk)

    async def _serve(self, reader, writer):
        self._writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                block = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = dict(line.split(": ", 1) for line in block.strip().split("\r\n"))
                self.received.append(headers)
                if not self.silent:
                    writer.write(self._answer(headers).replace("\n", "\r\n").encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    def _answer(self, headers: dict[str, str]) -> str:
        name, action_id = headers["Action"], headers["ActionID"]
        if name == "Login":
            self.logins += 1
            verdict = "Success" if self.accept_login else "Error"
            text = f"Response: {verdict}\nMessage: Authentication {verdict}\n\n"
        elif name in self.answers:
            text = self.answers[name](headers)
        else:
            text = "Response: Success\nMessage: done\n\n"
        return "".join(f"ActionID: {action_id}\n{part}\n\n" for part in text.split("\n\n") if part.strip())
