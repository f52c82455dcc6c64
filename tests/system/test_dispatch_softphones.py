"""The simulated citizen and operator against a real Asterisk: registration, queue, audio both ways, the echo test."""

import asyncio

import pytest

from calls.ports import RadioError
from centrala.simulate.citizen import simulate_citizen
from centrala.simulate.operator import simulate_operator
from centrala.simulate.softphone import Softphone
from centrala.simulate.tones import write_tone
from dispatch.wav_files import listen
from tests.system.asterisk_bed import wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


def quiet(line):
    """Throw away what a person at the command line would read."""


async def test_a_citizen_reaches_an_operator_and_both_are_heard(asterisk_bed, tiny_agi, tmp_path):
    bed = asterisk_bed
    tiny_agi(bed.inputs.ports.agi_first, "done:queue")
    registered = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        operator = group.create_task(
            simulate_operator(
                extension="2001",
                secret="secret-2001",
                registrar=f"sip:{bed.sip_target}",
                out_wav=tmp_path / "operator.wav",
                talk=3,
                say=quiet,
                on_registered=lambda: registered.set_result(None),
            )
        )
        await registered
        added = await asyncio.to_thread(bed.console, "queue add member PJSIP/2001 to operators")
        assert "Added interface" in added
        citizen = group.create_task(
            simulate_citizen(
                uri=f"sip:311@{bed.sip_target}",
                from_number="0641234567",
                say_file=write_tone(tmp_path, hertz=700, seconds=2),
                out_wav=tmp_path / "citizen.wav",
                say=quiet,
            )
        )
    heard_by_citizen, (heard_by_operator,) = citizen.result(), operator.result()
    assert heard_by_citizen.answered
    assert heard_by_citizen.audible, "the operator's tone arrives"
    assert heard_by_operator.heard.seconds > 2.5
    await asyncio.to_thread(wait_for, bed.ended_calls, reason="the call is over in CEL")
    answered = [row["channel"].partition("-")[0] for row in bed.cel("ANSWER")]
    assert answered == ["PJSIP/test", "PJSIP/2001"]


async def test_players_are_stopped_while_their_file_ends(tmp_path):
    """Destroyed at once, one of some hundred takes its process along."""
    short = write_tone(tmp_path, hertz=500, seconds=0.06)
    async with asyncio.timeout(90), Softphone.started(user="a") as first, Softphone.started(user="b") as second:
        calling = asyncio.create_task(first.call(f"sip:b@127.0.0.1:{second.port}"))
        await (await second.incoming.get()).answer()
        call = await calling
        for step in range(100):
            started = [await call.do("play_start", file=str(short), loop=True) for _ in range(5)]
            await asyncio.sleep(step % 8 / 100)  # the file ends every 60 ms: stopped before, at and after it
            for one in started:
                await call.do("play_stop", player=one["player"])
        await call.hang_up()
        assert await call.wait_ended()


async def test_the_echo_test_says_back_what_was_said(asterisk_bed, tmp_path):
    bed = asterisk_bed
    async with asyncio.timeout(60), Softphone.started(user="2002") as phone:
        await phone.register("2002", "secret-2002", f"sip:{bed.sip_target}")
        call = await phone.call(f"sip:*43@{bed.sip_target}", account="2002", heard=tmp_path / "echo.wav")
        await call.play(write_tone(tmp_path, hertz=600, seconds=2))
        await call.wait_silence(0.5, 5)
        await call.hang_up()
    heard = listen(tmp_path / "echo.wav")
    assert heard.sounds
    assert sum(end - begin for begin, end in heard.sounds) > 1.5


async def test_a_wrong_secret_is_refused_in_words(asterisk_bed):
    bed = asterisk_bed
    async with asyncio.timeout(30), Softphone.started(user="2003") as phone:
        with pytest.raises(RadioError, match=r"refused the registration of 2003: 40[13]"):
            await phone.register("2003", "wrong", f"sip:{bed.sip_target}")


async def test_an_operator_transfers_a_call_and_the_other_side_goes_on(asterisk_bed, tmp_path):
    bed = asterisk_bed
    registrar = f"sip:{bed.sip_target}"
    async with (
        asyncio.timeout(60),
        Softphone.started(user="2001") as first,
        Softphone.started(user="2002") as second,
    ):
        await first.register("2001", "secret-2001", registrar)
        await second.register("2002", "secret-2002", registrar)
        calling = asyncio.create_task(
            second.call(f"sip:2001@{bed.sip_target}", account="2002", heard=tmp_path / "second.wav")
        )
        rung = await first.incoming.get()
        await rung.answer()
        call = await calling
        await rung.do("transfer", uri=f"sip:*43@{bed.sip_target}")
        async with asyncio.timeout(40):
            while (rung.events[-1]["event"], rung.events[-1].get("value")) != ("transferred", 200):
                await asyncio.sleep(0.02)
        await rung.hang_up()  # as a telephone does once it has been told that the transfer succeeded
        await call.play(write_tone(tmp_path, hertz=600, seconds=2))
        await call.wait_silence(0.5, 5)
        assert not call.ended
        await call.hang_up()
    assert sum(end - begin for begin, end in listen(tmp_path / "second.wav").sounds) > 1.5, "the echo test answers"
