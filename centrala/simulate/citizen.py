"""A citizen on the telephone: calls the town's number, presses keys, says something, tells what is heard."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from calls.dtmf import KEYS
from calls.ports import RadioError
from centrala.simulate.hearing import CallResult, HearingReport, Say, Transcribe, measured
from centrala.simulate.softphone import PhoneCall, Softphone

WAIT: Final = "w"
_SILENCE: Final = 0.7
_HEAR_BEFORE_KEY: Final = 1.0
_LONGEST_PROMPT: Final = 60.0
_LONGEST_PAUSE: Final = 15.0
"""Seconds that the other side may take to answer what was said."""


def parse_keys(text: str) -> list[str]:
    """Read `1,2,w,264100417`: groups of keys pressed one after the other; `w` waits for the prompt's end.

    Raises ValueError naming what is not a key.
    """
    groups = [group.strip() for group in text.split(",") if group.strip()]
    for group in groups:
        if group != WAIT and (wrong := set(group) - KEYS):
            raise ValueError(f"--keys {text}: {min(wrong)!r} is not a key; use 0-9 * #, commas between, w to wait")
    return groups


async def simulate_citizen(
    *,
    uri: str = "sip:311@127.0.0.1:5060",
    keys: str = "",
    from_number: str = "0641234567",
    say_file: Path | None = None,
    out_wav: Path,
    say: Say = print,
    transcribe: Transcribe | None = None,
    barge_in: bool = True,
    stay: float = 8.0,
    host: str = "127.0.0.1",
) -> CallResult:
    """Call, press each group of keys after ≥ 1 s of sound (or, without `barge_in`, in the silence after a prompt).

    Then play `say_file`, stay until `stay` seconds of silence or the other side hangs up, and hang up. What is heard
    is saved as `out_wav`. Raises ValueError for wrong keys, RadioError when there is no SIP stack.
    """
    groups = parse_keys(keys)
    async with Softphone.started(user="citizen", host=host) as phone:
        account = await phone.account(from_number) if from_number else ""
        report = HearingReport(say)
        phone.listener = report.take
        say(f"calling {uri} as {from_number or 'a withheld number'}")
        try:
            call = await phone.call(uri, account=account, heard=out_wav)
        except RadioError as error:
            say(f"not answered: {error}")
            return CallResult(False, None, None, ended=str(error))
        pressed = ""
        try:
            for group in groups:
                pressed += await _press(call, group, say, barge_in=barge_in)
            if say_file is not None:
                await call.wait_silence(_SILENCE, _LONGEST_PROMPT)
                say(f"saying {say_file}")
                await call.play(say_file)
                # What was silent while we spoke is no reason to leave: the answer is still to come.
                await call.wait_sound(max(stay, _LONGEST_PAUSE))
            await call.wait_silence(stay, _LONGEST_PROMPT + stay)
        except RadioError as error:
            say(f"the call ended: {error}")
        await call.hang_up()
        return await measured(out_wav, transcribe=transcribe, keys_pressed=pressed, ended=_end_of(call))


async def _press(call: PhoneCall, group: str, say: Say, *, barge_in: bool) -> str:
    if group == WAIT:
        await call.wait_sound()
        await call.wait_silence(_SILENCE, _LONGEST_PROMPT)
        return ""
    await call.wait_sound()
    if barge_in:
        # Hear a second of it first: a person presses after the prompt has begun, not before.
        await call.wait_silence(_SILENCE, _HEAR_BEFORE_KEY)
    else:
        await call.wait_silence(_SILENCE, _LONGEST_PROMPT)
    say(f"pressing {group}")
    await call.keys(group)
    # A prompt that was barged into stops now; the next group waits for the next one.
    await call.wait_silence(0.05, 0.3 * len(group) + 0.7)
    return group


def _end_of(call: PhoneCall) -> str:
    ends = [event["value"] for event in call.events if event["event"] == "ended"]
    return f"{ends[0][0]} {ends[0][1]}" if ends else ""
