import shutil

import pytest

from centrala.drill.tones import PACKET, SPEECH, Ear, heard_in, voice, write_sounds

QUIET = b"\xff" * PACKET


def packets(path):
    sound = path.read_bytes()
    return [sound[start : start + PACKET] for start in range(0, len(sound) - PACKET + 1, PACKET)]


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "sr"
    folder.mkdir()
    names = ["menu.main", "menu.main_short", "message.number", "message.pin", "report.emergency", "beep"]
    for name in [*names, *(f"digits.{digit}" for digit in range(10))]:
        for kind in ("ulaw", "alaw"):
            (folder / f"{name}.{kind}").write_bytes(b"a real prompt")
    write_sounds(tmp_path)
    return folder


def test_every_sound_is_known_by_its_tone(library):
    for name in ("menu.main", "beep", "digits.0", "digits.9"):
        ear = Ear()
        assert [ear.take(packet)[1] for packet in packets(library / f"{name}.ulaw")].count(name) == 1
        assert ear.said == [name]
    assert heard_in(packets(library / "menu.main_short.ulaw")[2]) == "menu.main"
    assert heard_in(packets(library / "report.emergency.ulaw")[2]) == SPEECH
    assert (library / "beep.alaw").stat().st_size == (library / "beep.ulaw").stat().st_size


def test_a_menu_read_again_after_a_pause_without_packets_is_heard_again(library):
    ear = Ear()
    first = packets(library / "menu.main.ulaw")
    for packet in first[:5]:
        ear.take(packet)
    for packet in first:
        ear.take(packet)
    assert ear.said == ["menu.main"], "packets in a row are one sound"
    ear.pause()
    assert [ear.take(packet)[1] for packet in first].count("menu.main") == 1
    assert ear.said == ["menu.main", "menu.main"]


def test_a_number_read_out_is_written_down_doubled_digits_too(library):
    ear = Ear()
    shutil.copy(library / "message.number.ulaw", library / "all")
    spoken = ["message.number", *(f"digits.{digit}" for digit in "2610001"), "message.pin", "digits.0", "digits.0"]
    for name in spoken:
        for packet in [*packets(library / f"{name}.ulaw"), *[QUIET] * 6]:
            ear.take(packet)
    assert ear.numbers("message.number") == ["2610001"]
    assert ear.numbers("message.pin") == ["00"]


def test_silence_and_a_voice_are_told_apart():
    assert heard_in(QUIET) is None
    assert heard_in(b"\x7f" * PACKET) is None
    assert {heard_in(packet) for packet in voice(4)} == {SPEECH}
