"""What one call waits for: silence after a sound, however short."""

import asyncio
import time

from dispatch.sip_call import SipCall
from dispatch.sip_thread import SipThread
from dispatch.sip_types import CallFact


def nothing():
    pass


async def test_silence_is_noticed_after_a_sound_that_ends_at_the_reading_at_which_it_began():
    call = SipCall(1, native=None, thread=SipThread(nothing, nothing, nothing))
    at = time.monotonic()
    call.take(CallFact.SOUNDING, (True, at))
    silence = asyncio.create_task(call.wait_for_silence(0.01, 60))
    await asyncio.sleep(0)  # one turn of the loop: it waits now
    call.take(CallFact.SOUNDING, (False, at))
    async with asyncio.timeout(30):
        assert await silence


async def test_a_call_that_ends_while_silence_is_awaited_was_not_silent():
    call = SipCall(1, native=None, thread=SipThread(nothing, nothing, nothing))
    call.take(CallFact.SOUNDING, (True, time.monotonic()))
    silence = asyncio.create_task(call.wait_for_silence(0.01, 60))
    await asyncio.sleep(0)  # one turn of the loop: it waits now
    call.take(CallFact.ENDED, (200, "OK"))
    async with asyncio.timeout(30):
        assert not await silence
