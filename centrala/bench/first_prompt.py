"""From the caller's INVITE to the first sound in the caller's ear, at a modest rate. Owns the order of calls."""

from __future__ import annotations

import asyncio
import contextlib

from centrala.bench.caller_probe import probe_call


async def first_prompt_ms(sip_port: int, extension: str, calls: int, rate: float) -> list[float]:
    """Place `calls` calls, `rate` per second, and return the milliseconds of each. Callers send audio from the answer.

    Raises ExceptionGroup when a call is not answered or hears nothing.
    """
    async with asyncio.TaskGroup() as tasks:
        placed = []
        for number in range(calls):
            placed.append(tasks.create_task(_one(sip_port, extension, f"06413{number:05d}")))
            await asyncio.sleep(1 / rate)
    return [task.result() for task in placed]


async def _one(sip_port: int, extension: str, caller: str) -> float:
    async with probe_call(sip_port, extension, caller) as call:
        await call.invite(f"127.0.0.1:{sip_port}")
        talking = asyncio.ensure_future(call.talk())
        try:
            heard = await call.first_sound()
        finally:
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking
        await call.hang_up()
        return (heard - call.invited) * 1000
