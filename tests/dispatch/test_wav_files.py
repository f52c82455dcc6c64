"""Measures of recordings against sounds whose level and length are known."""

import numpy as np
import pytest

from dispatch.wav_files import is_complete, listen, mend, playable, read_wav, write_wav


def tone(seconds, amplitude=8000):
    return (amplitude * np.sin(2 * np.pi * 440 * np.arange(int(8000 * seconds)) / 8000)).astype(np.int16)


def test_levels_lengths_and_stretches(tmp_path):
    path = tmp_path / "x.wav"
    silence = np.zeros(8000, dtype=np.int16)
    write_wav(path, np.concatenate([silence, tone(1.0), silence, tone(0.5), silence]))
    heard = listen(path)
    assert heard.seconds == 4.5
    assert heard.level == pytest.approx(-15.3, abs=0.3)
    assert heard.sounds == (pytest.approx((1.0, 2.0)), pytest.approx((3.0, 3.5)))
    assert heard.audible
    assert not heard.cut


def test_silence_and_a_cut_are_noticed(tmp_path):
    write_wav(tmp_path / "silent.wav", np.full(4000, 20, dtype=np.int16))
    assert not listen(tmp_path / "silent.wav").audible
    write_wav(tmp_path / "cut.wav", tone(1.0))
    assert listen(tmp_path / "cut.wav").cut
    write_wav(tmp_path / "empty.wav", np.zeros(0, dtype=np.int16))
    assert listen(tmp_path / "empty.wav").level == -99.0


def test_what_is_no_telephone_sound_is_refused(tmp_path):
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    with pytest.raises(ValueError, match=r"x\.wav"):
        read_wav(tmp_path / "x.wav")


def test_a_file_without_header_is_mended(tmp_path):
    path = tmp_path / "x.wav"
    path.write_bytes(bytes(44) + tone(0.5).tobytes() + b"\x01")
    assert not is_complete(path)
    assert mend(path) == 0.5
    assert is_complete(path)
    assert np.array_equal(read_wav(path), tone(0.5))
    assert mend(path) == 0.5


def test_a_file_never_begun_needs_nothing(tmp_path):
    assert is_complete(tmp_path / "none.wav")
    with pytest.raises(FileNotFoundError):
        mend(tmp_path / "none.wav")


def test_a_telephone_sound_becomes_playable_once(tmp_path):
    (tmp_path / "menu.main.ulaw").write_bytes(b"\x80" * 160)
    path = playable(tmp_path / "menu.main")
    assert path == tmp_path / "menu.main.wav"
    assert read_wav(path).tolist() == [32124] * 160
    (tmp_path / "menu.main.ulaw").unlink()
    assert playable(tmp_path / "menu.main") == path
