"""A radio gateway with a crew behind it: answers the order, listens to it twice, presses a key, tells what it heard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from calls.ports import RadioError
from centrala.simulate.hearing import CallResult, HearingReport, Say, Transcribe, measured
from centrala.simulate.softphone import PhoneCall, Softphone

_PAUSE = 1.5
"""Silence, in seconds, that ends the reading: longer than any pause between its sentences."""
_LONGEST_ORDER = 120.0


async def simulate_gateway(
    *,
    user: str = "dispatch",
    host: str = "127.0.0.1",
    port: int = 5080,
    ack: str = "1",
    out_wav: Path,
    calls: int = 1,
    say: Say = print,
    transcribe: Transcribe | None = None,
    on_ready: Callable[[int], None] | None = None,
) -> list[CallResult]:
    """Take `calls` orders (0 = until cancelled) on the gateway's address; `ack` is the keys, one for each reading.

    Each key is pressed when the speech pauses; an empty `ack` answers and says nothing. `on_ready` gets the port.
    Raises RadioError when the port is taken.
    """
    results: list[CallResult] = []
    async with Softphone.started(user=user, host=host, port=port) as phone:
        say(f"radio gateway at sip:{user}@{host}:{phone.port}; waiting for orders")
        if on_ready is not None:
            on_ready(phone.port)
        number = 0
        while calls == 0 or number < calls:
            call = await phone.incoming.get()
            number += 1
            phone.listener = HearingReport(say).take
            say(f"order from {call.remote}")
            audio = out_wav if number == 1 else out_wav.with_name(f"{out_wav.stem}-{number}.wav")
            await call.answer(heard=audio)
            await _acknowledge(call, ack, say)
            result = await measured(audio, transcribe=transcribe, keys_pressed=ack)
            results.append(result)
    return results


async def _acknowledge(call: PhoneCall, ack: str, say: Say) -> None:
    try:
        for key in ack:
            await call.wait_sound()
            if not await call.wait_silence(_PAUSE, _LONGEST_ORDER):
                break
            say(f"pressing {key}")
            await call.keys(key)
    except RadioError as error:
        say(f"the order call ended: {error}")
    if not await call.wait_ended(_LONGEST_ORDER):
        await call.hang_up()
