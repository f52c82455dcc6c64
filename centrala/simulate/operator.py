"""An operator's telephone: registers, answers what rings, talks, hangs up, tells what is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from centrala.simulate.hearing import CallResult, HearingReport, Say, Transcribe, measured
from centrala.simulate.softphone import PhoneCall, Softphone
from centrala.simulate.tones import write_tone


async def simulate_operator(
    *,
    extension: str,
    secret: str,
    registrar: str = "sip:127.0.0.1:5060",
    out_wav: Path,
    say_file: Path | None = None,
    talk: float = 20.0,
    ring: float = 1.0,
    calls: int = 1,
    say: Say = print,
    transcribe: Transcribe | None = None,
    on_registered: Callable[[], None] | None = None,
    host: str = "127.0.0.1",
) -> list[CallResult]:
    """Register and take `calls` calls (0 = until cancelled): answer after `ring` s, talk, hang up after `talk` s.

    Talking is `say_file`, once, so that the other side gets a word in; or a soft tone without end. What is heard of
    call N is saved as `out_wav` (N = 1) or `…-N.wav`.
    Raises RadioError when the registration is refused.
    """
    results: list[CallResult] = []
    async with Softphone.started(user=extension, host=host) as phone:
        await phone.register(extension, secret, registrar)
        say(f"{extension} is registered at {registrar}; waiting for calls")
        if on_registered is not None:
            on_registered()
        number = 0
        while calls == 0 or number < calls:
            call = await phone.incoming.get()
            number += 1
            phone.listener = HearingReport(say).take
            say(f"ringing: {call.remote}")
            audio = out_wav if number == 1 else out_wav.with_name(f"{out_wav.stem}-{number}.wav")
            if await call.wait_ended(ring):
                say("they hung up before it was answered")
                results.append(CallResult(False, None, None, ended="before it was answered"))
                continue
            await call.answer(heard=audio)
            sound = say_file if say_file is not None else await asyncio.to_thread(write_tone, out_wav.parent)
            await _talk(call, sound, talk, loop=say_file is None)
            result = await measured(audio, transcribe=transcribe, keys_heard=call.keys_heard)
            results.append(result)
    return results


async def _talk(call: PhoneCall, sound: Path, seconds: float, *, loop: bool) -> None:
    """Talk until the other side hangs up or the time is over."""
    await call.do("play_start", file=str(sound), loop=loop)
    if not await call.wait_ended(seconds):
        await call.hang_up()
