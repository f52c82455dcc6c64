"""The console is killed while an operator talks: both go on hearing each other, and its pages come back true."""

import asyncio
import signal
import time

import pytest

from centrala.drill.caller import ListeningCaller
from centrala.drill.collect import collect
from centrala.drill.evidence import Wish
from centrala.drill.oracle import judge
from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.operator import simulate_operator
from tests.system.faults.drilling import drilled

pytestmark = [pytest.mark.system, pytest.mark.timeout(150)]
OPERATOR = "2001"
NUMBER = "0649900001"


async def until(what, *, within=40.0):
    end = time.monotonic() + within
    while True:
        try:
            value = await asyncio.to_thread(what)
        except OSError:
            value = None
        if value:
            return value
        assert time.monotonic() < end, what
        await asyncio.sleep(0.2)


async def test_the_conversation_goes_on_and_the_board_is_true(tmp_path):
    async with drilled() as (site, database), asyncio.TaskGroup() as tasks:
        registered = asyncio.Event()
        secret = sip_password(load_secrets(site.settings.home).sip_password_seed, OPERATOR)
        phone = tasks.create_task(
            simulate_operator(
                extension=OPERATOR,
                secret=secret,
                registrar=f"sip:{site.settings.sip.bind}",
                out_wav=tmp_path / "heard.wav",
                talk=60.0,
                ring=0.5,
                say=lambda line: None,
                on_registered=registered.set,
            )
        )
        await registered.wait()
        await asyncio.to_thread(site.api, "PUT", "/api/v1/operators/me/state", OPERATOR, {"state": "ready"})
        caller = ListeningCaller(site.sip_port, "311", NUMBER, Wish.OPERATOR)
        call = tasks.create_task(caller.call(limit=40.0))

        def talking():
            rows = site.api("GET", "/api/v1/operators", "admin")["items"]
            return [row for row in rows if row["extension"] == OPERATOR and row["phone"] == "talking"]

        (before,) = await until(talking)
        heard = caller.audible
        old = await site.signal("console", signal.SIGKILL)
        await site.running("console", but=old)
        (after,) = await until(talking)
        assert after["linkedid"] == before["linkedid"]
        assert caller.audible > heard + 20, "the operator was heard all the while"
        caller.leave()
        side = await call
        (talk,) = await phone
        assert side.dead_air < 3.0
        assert talk.answered

        verdict = None
        end = time.monotonic() + 40
        while verdict is None or (verdict.findings and time.monotonic() < end):
            await asyncio.sleep(1)
            verdict = judge([side], await collect(site.layout, database))
        assert verdict.findings == ()
        record = await asyncio.to_thread(site.api, "GET", f"/api/v1/calls/{before['linkedid']}", "supervisor")
        assert record["outcome"] == "operator"
