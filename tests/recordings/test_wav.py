import wave

import pytest

from recordings.repair import repair_file, repair_folder
from recordings.riff import WavError, read_header
from recordings.wav import finished_seconds, holds_both_sides, levels_of, tone_level


def test_a_whole_file_needs_no_repair(make_wav):
    path = make_wav(seconds=1.5)
    assert repair_file(path) is None
    assert finished_seconds(path) == pytest.approx(1.5)


def test_a_killed_recorders_file_plays_again(make_wav):
    path = make_wav(seconds=3.0, killed=True)
    with pytest.raises(wave.Error), wave.open(str(path)):
        pass
    mended = repair_file(path)
    assert mended is not None
    assert mended.seconds == pytest.approx(3.0)
    with wave.open(str(path)) as file:
        assert file.getnframes() == 24000
    assert repair_file(path) is None


def test_a_torn_last_sample_is_cut_off(make_wav):
    path = make_wav(seconds=1.0, killed=True)
    with path.open("ab") as file:
        file.write(b"\x01")
    assert finished_seconds(path) == pytest.approx(1.0)
    assert path.stat().st_size % 2 == 0


def test_a_header_that_promises_more_than_there_is(make_wav):
    path = make_wav(seconds=2.0)
    with path.open("r+b") as file:
        file.truncate(44 + 16000)
    assert finished_seconds(path) == pytest.approx(1.0)


def test_a_folder_is_mended_past_what_is_no_recording(make_wav, tmp_path, caplog):
    folder = tmp_path / "incoming"
    make_wav(folder / "1.1.wav", killed=True)
    make_wav(folder / "1.2.wav")
    (folder / "1.3.wav").write_bytes(b"")
    (folder / "1.4.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt ")
    assert [one.path.name for one in repair_folder(folder)] == ["1.1.wav"]
    assert caplog.text.count("not mended") == 2
    assert repair_folder(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"\x00" * 100, b"RIFF\x24\x00\x00\x00WAVE" + b"junk\xff\xff\xff\xff"]
)
def test_other_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(WavError, match=r"x\.wav"):
        read_header(path)


def test_levels_tell_speech_from_silence(make_wav, tmp_path):
    loud = levels_of(make_wav(tmp_path / "a.wav", seconds=1.0, silence_after=1.0))
    assert loud.audible
    assert loud.peak == pytest.approx(0.2, abs=0.01)
    assert loud.sounding == pytest.approx(0.5, abs=0.03)
    assert loud.longest_silence == pytest.approx(1.0, abs=0.05)
    assert not levels_of(make_wav(tmp_path / "b.wav", tones=(), seconds=1.0)).audible
    assert not levels_of(make_wav(tmp_path / "c.wav", seconds=0.0)).audible


def test_both_sides_of_a_test_call_are_heard(make_wav, tmp_path):
    both = make_wav(tmp_path / "both.wav", tones=(440.0, 1000.0))
    assert holds_both_sides(both, 440.0, 1000.0)
    assert tone_level(both, 440.0) == pytest.approx(0.2, abs=0.02)
    assert not holds_both_sides(make_wav(tmp_path / "one.wav", tones=(440.0,)), 440.0, 1000.0)
