"""A softphone as a process of its own: JSON lines in, JSON lines out. Owns the verbs; must not know who uses it.

`python -m centrala.simulate.softphone_process [--user NAME] [--host ADDRESS] [--port PORT]`; its first line is
`{"event":"ready","port":5081}`; end of input ends it. Every request is `{"id":N,"do":VERB,…}`, every answer
`{"id":N,"ok":true,…}` or `{"id":N,"ok":false,"error":"…","code":486}`. Requests run side by side: a `play` that lasts
ten seconds does not hold up a `keys`. Times are seconds.

| verb | arguments | answer |
|---|---|---|
| register | username, password, registrar (`sip:host:port`), display | account |
| account | username, display, domain: an identity without registration (a caller's number) | account |
| call | uri, account, answer_timeout=20, record, heard (WAV paths) | call, once answered |
| begin_call | uri, account | call, at once; see `wait_answered` |
| wait_answered | call, timeout | |
| answer | call, code=200, record, heard | answers (200), rings (180) or refuses (486 …) |
| play | call, file | once it has been played |
| play_start / play_stop | call, file, loop / call, player | player |
| record | call, file, mode=`both` or `heard` | |
| keys | call, keys | RFC 4733 events are on their way |
| wait_key | call, timeout | key or null |
| wait_sound | call, timeout | heard: is the other side audible |
| wait_silence | call, lasting, timeout | silent |
| wait_ended | call, timeout | ended, code, reason |
| hold / unhold | call | |
| transfer | call, uri | |
| join | call, other | brings the other sides of two calls together |
| hang_up | call, code | once the recordings are complete |

Events: `{"event":"incoming","call":1,"account":"2001","from":"<sip:…>"}`, and of every call
`{"event":"ringing|answered|media|held|key|played|sounding|transferred|ended","call":1,"value":…,"at":seconds}`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from calls.ports import RadioError
from dispatch.sip_call import SipCall
from dispatch.sip_endpoint import DEFAULT_ACCOUNT, SipEndpoint
from dispatch.sip_types import AccountSettings, CallFact, CallRefused, EndpointSettings, FactValue, RecordMode

Request = dict[str, Any]
_KEEP = 200


class SoftphoneProcess:
    """Answers requests with one endpoint. `say` writes one object as a line."""

    def __init__(self, endpoint: SipEndpoint, out: TextIO) -> None:
        self._endpoint, self._out = endpoint, out
        self._calls: dict[int, SipCall] = {}

    def say(self, message: Request) -> None:
        """Write one line."""
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()

    async def serve(self, lines: asyncio.StreamReader) -> None:
        """Answer until the input ends."""
        self.say({"event": "ready", "port": self._endpoint.port})
        async with asyncio.TaskGroup() as group:
            incoming = group.create_task(self._hand_on_incoming())
            running: set[asyncio.Task[None]] = set()
            while line := await lines.readline():
                task = group.create_task(self._answer(line))
                running.add(task)
                task.add_done_callback(running.discard)
            incoming.cancel()
            for task in running:
                task.cancel()

    async def _hand_on_incoming(self) -> None:
        while True:
            call = await self._endpoint.incoming.get()
            self._keep(call)
            self.say({"event": "incoming", "call": call.key, "account": call.account, "from": call.remote})

    def _keep(self, call: SipCall) -> SipCall:
        if call.key not in self._calls:
            self._calls[call.key] = call
            call.watcher = partial(self._tell, call.key)
            for old in list(self._calls)[:-_KEEP]:
                del self._calls[old]
        return call

    def _tell(self, key: int, fact: CallFact, value: FactValue) -> None:
        self.say({"event": fact.value, "call": key, "value": value, "at": round(time.monotonic(), 3)})

    async def _answer(self, line: bytes) -> None:
        number: Any = None
        try:
            request: Request = json.loads(line)
            number = request.get("id")
            result = await self._do(request)
        except CallRefused as error:
            self.say({"id": number, "ok": False, "error": error.reason, "code": error.code})
        except (RadioError, OSError, ValueError, KeyError, TypeError) as error:
            self.say({"id": number, "ok": False, "error": str(error) or repr(error), "code": 0})
        else:
            self.say({"id": number, "ok": True, **result})

    async def _do(self, request: Request) -> Request:
        verb = request["do"]
        if verb in ("register", "account", "call", "begin_call"):
            return await self._begin(verb, request)
        call = self._calls[request["call"]]
        timeout = float(request.get("timeout", 10))
        match verb:
            case "wait_answered":
                await call.wait_answered(timeout)
            case "answer":
                await self._take(call, request)
            case "play":
                await call.play(Path(request["file"]))
            case "play_start":
                return {"player": await call.start_playing(Path(request["file"]), loop=bool(request.get("loop")))}
            case "play_stop":
                await call.stop_playing(int(request["player"]))
            case "record":
                await call.record(Path(request["file"]), RecordMode(request.get("mode", "both")))
            case "keys":
                await call.send_keys(str(request["keys"]))
            case "wait_key":
                return {"key": await call.wait_for_key(timeout)}
            case "wait_sound":
                return {"heard": await call.wait_for_sound(timeout)}
            case "wait_silence":
                return {"silent": await call.wait_for_silence(float(request.get("lasting", 0.7)), timeout)}
            case "wait_ended":
                return {"ended": await call.wait_ended(timeout), "code": call.code, "reason": call.reason}
            case "hold" | "unhold":
                await call.hold(held=verb == "hold")
            case "transfer":
                await call.transfer(str(request["uri"]))
            case "join":
                await call.join(self._calls[request["other"]])
            case "hang_up":
                await call.hang_up(int(request.get("code", 0)))
            case _:
                raise ValueError(f"unknown verb {verb!r}; the file's head lists them")
        return {}

    async def _begin(self, verb: str, request: Request) -> Request:
        endpoint = self._endpoint
        if verb in ("register", "account"):
            username, password, registrar, display, domain = (
                str(request.get(name, "")) for name in ("username", "password", "registrar", "display", "domain")
            )
            settings = AccountSettings(username, password, registrar, display, domain)
            return {"account": await endpoint.add_account(settings)}
        account = str(request.get("account", DEFAULT_ACCOUNT))
        call = self._keep(await endpoint.begin_call(str(request["uri"]), account=account))
        await self._record(call, request)
        if verb == "call":
            try:
                await call.wait_answered(float(request.get("answer_timeout", 20)))
            except RadioError:
                await call.hang_up()
                raise
        return {"call": call.key}

    async def _take(self, call: SipCall, request: Request) -> None:
        code = int(request.get("code", 200))
        if code == 200:
            await self._record(call, request)
        await call.answer(code)
        if code == 200:
            await call.wait_answered(5)

    @staticmethod
    async def _record(call: SipCall, request: Request) -> None:
        for name, mode in (("record", RecordMode.BOTH), ("heard", RecordMode.HEARD)):
            if request.get(name):
                await call.record(Path(request[name]), mode)


async def run(settings: EndpointSettings, out: TextIO) -> None:
    """Serve standard input until it ends."""
    lines = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with SipEndpoint(settings) as endpoint:
        await SoftphoneProcess(endpoint, out).serve(lines)


def main() -> None:
    """Run as a process."""
    options = argparse.ArgumentParser(description="A softphone driven by JSON lines.")
    options.add_argument("--user", default="softphone")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=0)
    chosen = options.parse_args()
    # The native library writes greetings to standard output: they go to standard error, the lines stay clean.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    settings = EndpointSettings(user=chosen.user, bind_host=chosen.host, bind_port=chosen.port)
    problem = ""
    try:
        asyncio.run(run(settings, out))
    except* RadioError as errors:
        problem = f"softphone: {errors.exceptions[0]}"
    sys.exit(problem or None)


if __name__ == "__main__":
    main()
