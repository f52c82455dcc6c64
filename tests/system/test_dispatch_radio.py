"""Orders over real SIP on loopback, without an Asterisk: dispatch's endpoint here, the gateway in its own process."""

import asyncio
import os
import signal
import wave
from contextlib import asynccontextmanager

import numpy as np
import pytest

from calls.ids import CaseNumber
from calls.ports import RadioError
from cases.ladder import AttemptOutcome
from cases.order_reasons import OrderReason
from centrala.simulate.gateway import simulate_gateway
from centrala.simulate.softphone import Softphone
from centrala.simulate.tones import write_tone
from dispatch.order_script import script_of
from dispatch.radio_path import RadioPath
from dispatch.sip_endpoint import SipEndpoint
from dispatch.sip_types import AccountSettings, CallRefused, EndpointSettings, NoAnswer
from dispatch.wav_files import listen, mend, read_wav

pytestmark = pytest.mark.system

CASE = CaseNumber.mint(2026, 1, 41)
TEXT = "Nalog.\nPukla cev."


class ToneSpeaker:
    """Each sentence is a tone of its own pitch, 0.4 s and 0.1 s of silence, so that what was said can be told."""

    def __init__(self, folder):
        self.folder = folder
        self.pitches = {}

    async def speak(self, text, language):
        pitch = self.pitches.setdefault(text, 300 + 60 * len(self.pitches))
        stem = self.folder / f"said{pitch}"
        write_tone(self.folder, hertz=pitch, seconds=0.4).replace(stem.with_suffix(".wav"))
        return stem


@asynccontextmanager
async def dispatching(tmp_path, key_timeout=2.0, answer_timeout=2.0):
    speaker = ToneSpeaker(tmp_path)
    async with SipEndpoint(EndpointSettings()) as endpoint:
        path = RadioPath(endpoint, speaker, answer_timeout=answer_timeout, key_timeout=key_timeout)

        async def attempt(port, name="try.wav"):
            kept = []

            async def keep(result):
                kept.append(result)

            result = await path.attempt(
                target=f"sip:dispatch@127.0.0.1:{port}",
                script=script_of(TEXT, "sr"),
                language="sr",
                case_number=CASE,
                recording=tmp_path / name,
                keep=keep,
            )
            assert kept == ([result] if result.outcome in ("acknowledged", "more_time", "handed_over") else [])
            return result

        yield attempt, speaker


def pitches_in(path):
    """Return the pitches heard, in order, by the strongest frequency of each 0.1 s that is audible."""
    samples = read_wav(path).astype(float)
    found = []
    for start in range(0, len(samples) - 800, 800):
        part = samples[start : start + 800]
        if np.sqrt((part**2).mean()) > 1500:
            spectrum = np.abs(np.fft.rfft(part * np.hanning(800), 8000))
            pitch = round(int(spectrum.argmax()) / 60) * 60
            if not found or found[-1] != pitch:
                found.append(pitch)
    return found


@pytest.mark.parametrize(
    ("ack", "outcome"),
    [("1", "acknowledged"), ("91", "acknowledged"), ("2", "more_time"), ("3", "handed_over"), ("", "no_key")],
)
async def test_the_crews_key_decides(tmp_path, ack, outcome):
    ready = asyncio.get_running_loop().create_future()
    gateway = asyncio.create_task(
        simulate_gateway(
            port=0, ack=ack, out_wav=tmp_path / "gateway.wav", say=lambda line: None, on_ready=ready.set_result
        )
    )
    async with asyncio.timeout(60), dispatching(tmp_path) as (attempt, _speaker):
        result = await attempt(await ready)
        assert result == type(result)(AttemptOutcome(outcome), ack)
        (heard,) = await gateway
    assert heard.audible
    assert heard.heard.level > -20
    recorded = listen(tmp_path / "try.wav")
    assert recorded.audible
    assert abs(recorded.seconds - heard.heard.seconds) < 1.0
    order_begins = pitches_in(tmp_path / "gateway.wav").count(300)  # the first sentence has the lowest pitch
    assert order_begins == (4 if "9" in ack else 2)


async def test_the_gateway_hears_the_order_twice_and_then_the_confirmation(tmp_path):
    ready = asyncio.get_running_loop().create_future()
    gateway = asyncio.create_task(
        simulate_gateway(
            port=0, ack="1", out_wav=tmp_path / "gateway.wav", say=lambda line: None, on_ready=ready.set_result
        )
    )
    async with asyncio.timeout(60), dispatching(tmp_path) as (attempt, speaker):
        await attempt(await ready)
        await gateway
    said = speaker.pitches
    once = [said["Nalog."], said["Pukla cev."]]
    confirmation = next(pitch for text, pitch in said.items() if "primljen" in text)
    expected = [*once, said["Ponavljam."], *once, next(p for t, p in said.items() if "potvrdu" in t), confirmation]
    assert pitches_in(tmp_path / "gateway.wav") == expected
    assert pitches_in(tmp_path / "try.wav") == expected


async def test_no_answer_busy_wrong_keys_and_a_hang_up_are_told_apart(tmp_path):
    async with (
        asyncio.timeout(90),
        Softphone.started(user="dispatch") as crew,
        dispatching(tmp_path, key_timeout=3) as (attempt, _),
    ):

        async def during(work):
            trying = asyncio.create_task(attempt(crew.port))
            await work(await crew.incoming.get())
            return await trying

        async def nothing(call):
            assert await call.wait_ended(40)

        async def busy(call):
            await call.refuse(486)

        async def hang_up(call):
            await call.answer()
            assert await call.wait_sound()
            await call.hang_up()

        async def wrong(call):
            await call.answer()
            for _ in range(2):
                assert await call.wait_sound()
                assert await call.wait_silence(0.7, 20)
                await call.keys("7")
            await call.wait_ended(40)

        silent = await during(nothing)
        assert (silent.outcome, silent.reason) == (AttemptOutcome.NO_ANSWER, None)  # it rang
        refused = await during(busy)
        assert refused.outcome is AttemptOutcome.NO_ANSWER
        assert (refused.reason, refused.sip_code) == (OrderReason.BUSY, 486)
        assert "486" in refused.detail
        cut_off = await during(hang_up)
        assert cut_off.outcome is AttemptOutcome.NO_KEY
        assert cut_off.reason is OrderReason.HUNG_UP
        assert "hung up" in cut_off.detail
        result = await during(wrong)
        assert (result.outcome, result.keys) == (AttemptOutcome.WRONG_KEY, "77")


async def test_nobody_at_the_address_is_no_answer_within_the_limit(tmp_path):
    async with asyncio.timeout(20), dispatching(tmp_path, answer_timeout=1) as (attempt, _):
        result = await attempt(9)
        assert result.outcome is AttemptOutcome.NO_ANSWER


async def test_a_softphone_holds_refuses_transfers_and_hears_keys(tmp_path):
    tone = write_tone(tmp_path)
    async with asyncio.timeout(60), SipEndpoint(EndpointSettings()) as here, Softphone.started(user="b") as there:
        await here.add_account(AccountSettings("second"))
        call = await asyncio.wait_for(_answered(here, there), 40)
        mine, theirs = call
        await mine.send_keys("159#")
        assert [await theirs.wait_key(5) for _ in range(4)] == list("159#")
        await theirs.play(tone)
        assert mine.sound_changed_at > 0
        await mine.hold(held=True)
        async with asyncio.timeout(5):
            while not any(event["event"] == "held" and event["value"] for event in theirs.events):
                await asyncio.sleep(0.02)
        await mine.hold(held=False)
        async with asyncio.timeout(5):
            while mine.held_by_other or theirs.events[-1].get("value") is not True:
                await asyncio.sleep(0.02)
        await theirs.do("transfer", uri=f"sip:second@127.0.0.1:{here.port}")
        async with asyncio.timeout(5):
            while not any(event["event"] == "transferred" for event in theirs.events):
                await asyncio.sleep(0.02)
        assert next(event["value"] for event in theirs.events if event["event"] == "transferred") == 603
        assert here.incoming.empty(), "nobody may send us elsewhere"
        await mine.hang_up()
        assert await theirs.wait_ended(40)


async def _answered(here, there):
    async def answer():
        call = await there.incoming.get()
        await call.answer()
        return call

    answering = asyncio.create_task(answer())
    mine = await here.call(f"sip:b@127.0.0.1:{there.port}", answer_timeout=5)
    return mine, await answering


async def test_errors_say_what_happened(tmp_path):
    async with asyncio.timeout(30), SipEndpoint(EndpointSettings()) as endpoint:
        with pytest.raises(RadioError, match="not a SIP address"):
            await endpoint.call("sip:a b@127.0.0.1", answer_timeout=1)
        with pytest.raises(NoAnswer, match="no answer within") as nobody:
            await endpoint.call("sip:x@127.0.0.1:9", answer_timeout=0.5)
        assert not nobody.value.rang
    with pytest.raises(RadioError, match="did not start"):
        async with Softphone.started(host="203.0.113.1", port=5060):
            pass
    async with Softphone.started(user="a") as one, Softphone.started(user="b") as two:
        calling = asyncio.create_task(one.call(f"sip:b@127.0.0.1:{two.port}"))
        await (await two.incoming.get()).refuse(603)
        with pytest.raises(CallRefused) as refused:
            await calling
        assert refused.value.code == 603
        calling = asyncio.create_task(one.call(f"sip:b@127.0.0.1:{two.port}"))
        ringing = await two.incoming.get()
        await ringing.answer()
        call = await calling
        await ringing.hang_up()
        assert await call.wait_ended(40)
        with pytest.raises(RadioError, match="has ended"):
            await call.play(tmp_path / "x.wav")


async def test_a_recording_whose_writer_was_killed_can_be_mended(tmp_path):
    tone = write_tone(tmp_path)
    async with asyncio.timeout(30), Softphone.started(user="b") as there:
        async with Softphone.started(user="a") as here:
            calling = asyncio.create_task(here.call(f"sip:b@127.0.0.1:{there.port}", record=tmp_path / "killed.wav"))
            other = await there.incoming.get()
            await other.answer()
            call = await calling
            for _ in range(2):
                await call.play(tone)
            os.kill(here.pid, signal.SIGKILL)
        with pytest.raises((wave.Error, EOFError)):
            wave.open(str(tmp_path / "killed.wav")).close()
        seconds = mend(tmp_path / "killed.wav")
        assert seconds > 1.0
        assert listen(tmp_path / "killed.wav").audible
