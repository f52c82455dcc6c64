import numpy as np
import pytest

from speech import audio


def speech_like(seconds=1.0, rate=22050, loudness=0.1, hertz=500):
    """Bursts of a tone, as syllables are, with silence around them."""
    time = np.arange(int(seconds * rate)) / rate
    syllables = (np.sin(2 * np.pi * 4 * time) > -0.5).astype(np.float32)
    sound = loudness * np.sin(2 * np.pi * hertz * time) * syllables
    quiet = np.zeros(rate // 2, np.float32)
    return np.concatenate([quiet, sound.astype(np.float32), quiet]), rate


@pytest.mark.parametrize("loudness", [0.002, 0.1, 0.9])
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_every_recording_gets_the_same_level_and_ends(rate, loudness):
    figures = audio.measure(audio.to_telephone(*speech_like(rate=rate, loudness=loudness)))
    assert figures.level == pytest.approx(-19, abs=0.5)
    assert figures.peak <= -2.99
    assert figures.leading_silence == pytest.approx(audio.LEAD_SECONDS, abs=0.021)
    assert figures.seconds == pytest.approx(1.0 + 0.06 + 0.12, abs=0.06)


def test_a_shout_in_quiet_speech_is_held_below_the_peak():
    sound, rate = speech_like(loudness=0.02)
    sound[rate : rate + 200] *= 40
    figures = audio.measure(audio.to_telephone(sound, rate))
    assert figures.peak <= -2.99


def test_only_the_telephone_band_is_left():
    time = np.arange(8000) / 8000
    mixed = sum(np.sin(2 * np.pi * hertz * time) for hertz in (50, 1000, 3900)).astype(np.float32)
    power = np.abs(np.fft.rfft(audio.band_limit(mixed)))
    assert power[1000] > 3000
    assert power[50] < 30
    assert power[3900] < 30


def test_silence_and_nothing_are_refused():
    with pytest.raises(ValueError, match="silent"):
        audio.to_telephone(np.zeros(8000, np.float32), 8000)
    with pytest.raises(ValueError, match="no samples"):
        audio.to_telephone(np.zeros(0, np.float32), 8000)
    with pytest.raises(ValueError, match="no samples"):
        audio.to_telephone(np.full(8000, np.nan, np.float32), 8000)


def test_made_up_sounds():
    beep = audio.tone(1000, 0.25)
    assert audio.length_seconds(beep) == 0.25
    assert audio.level_dbfs(beep) == pytest.approx(-19, abs=0.5)
    assert not audio.silence(2).any()
    assert audio.length_seconds(audio.silence(2)) == 2
    assert audio.leading_silence(audio.silence(2)) == 2
