"""The crossing between asyncio and the SIP thread: results, errors, a failing job, a stuck poll, the end."""

import asyncio
import threading

import pytest

from calls.ports import RadioError
from dispatch.sip_thread import SipThread


def nothing():
    pass


async def test_jobs_run_on_one_other_thread_and_errors_come_back():
    thread = SipThread(nothing, lambda: threading.Event().wait(0.001), nothing)
    with pytest.raises(RadioError, match="not running"):
        await thread.run(nothing)
    await thread.start()

    def fail():
        raise RadioError("no")

    seen = [await thread.run(threading.get_ident) for _ in range(3)]
    with pytest.raises(RadioError, match="no"):
        await thread.run(fail)
    thread.post(fail)  # logged, and the thread lives on
    assert len(set(seen)) == 1
    assert seen[0] != threading.get_ident()
    assert await thread.run(lambda: 7) == 7
    async with asyncio.timeout(30):
        while thread.silent_for > 0.3:  # it comes round again and again
            await asyncio.sleep(0)
    await thread.stop()
    with pytest.raises(RadioError, match="not running"):
        await thread.run(nothing)


async def test_what_cannot_be_opened_says_so():
    def taken():
        raise RadioError("port taken")

    with pytest.raises(RadioError, match="port taken"):
        await SipThread(taken, nothing, nothing).start()


async def test_a_stuck_library_is_noticed():
    release = threading.Event()
    thread = SipThread(nothing, lambda: release.wait(60), nothing)
    await thread.start()
    async with asyncio.timeout(30):
        while thread.silent_for < 0.3:
            await asyncio.sleep(0.01)
    release.set()
    await thread.stop()
