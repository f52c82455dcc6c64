"""Telephone WAV files made on the spot."""

import struct
import wave

import numpy as np
import pytest


@pytest.fixture
def make_wav(tmp_path):
    """Write tones (Hz, Hz, …), `seconds` long, as 8 kHz mono; `killed` leaves the sizes of a killed recorder."""

    def make(path=None, *, tones=(440.0,), seconds=2.0, silence_after=0.0, amplitude=0.2, killed=False):
        path = path or tmp_path / "1795317647.0.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        time = np.arange(int(8000 * seconds)) / 8000
        sound = sum((amplitude * np.sin(2 * np.pi * hertz * time) for hertz in tones), np.zeros(len(time)))
        samples = np.concatenate([sound, np.zeros(int(8000 * silence_after))])
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes((samples * 32767).astype("<i2").tobytes())
        if killed:
            with path.open("r+b") as file:
                file.seek(4)
                file.write(struct.pack("<I", 0))
                file.seek(40)
                file.write(struct.pack("<I", 0))
        return path

    return make
