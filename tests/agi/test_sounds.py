import asyncio
from pathlib import Path

import pytest

from agi.sounds import SoundMissing, Sounds
from calls.ports import SpeechError
from ivr.prompts import Digits, PromptId, Sentence, Sound


class Speaker:
    async def speak(self, text: str, language: str) -> Path:
        raise SpeechError("no voice")


@pytest.fixture
def library(tmp_path):
    for name, data in {"a": b"A" * 8000, "b": b"B" * 4000, "digits.1": b"1" * 800}.items():
        for extension in ("ulaw", "alaw"):
            (tmp_path / "lib" / "sr").mkdir(parents=True, exist_ok=True)
            (tmp_path / "lib" / "sr" / f"{name}.{extension}").write_bytes(data)
    return tmp_path / "lib"


@pytest.fixture
def sounds(library, tmp_path):
    return Sounds(library, tmp_path / "joined", Speaker(), most_joined=3)


async def test_one_prompt_is_played_from_the_library_itself(sounds, library):
    found = await sounds.playable([PromptId("a")], "sr")

    assert found.path == f"{library}/sr/a"
    assert found.seconds == 1.0


async def test_several_are_joined_in_every_format_that_they_share(sounds, library, tmp_path):
    (tmp_path / "notice.ulaw").write_bytes(b"N" * 800)

    both = await sounds.playable([PromptId("a"), PromptId("b", "sr")], "sr")
    assert both.seconds == 1.5
    assert Path(f"{both.path}.alaw").read_bytes() == b"A" * 8000 + b"B" * 4000
    one = await sounds.playable([PromptId("a"), Sound(str(tmp_path / "notice"))], "sr")
    assert Path(f"{one.path}.ulaw").read_bytes() == b"A" * 8000 + b"N" * 800
    assert not Path(f"{one.path}.alaw").exists()


async def test_digits_are_set_apart_by_silence(sounds):
    found = await sounds.playable([Digits("11")], "sr")

    data = Path(f"{found.path}.ulaw").read_bytes()
    assert data == (b"1" * 800 + b"\xff" * 960) * 2


async def test_a_joined_sound_is_made_once_and_anew_when_a_part_changes(sounds, library, monkeypatch):
    first = await sounds.playable([PromptId("a"), PromptId("b")], "sr")
    assert await sounds.playable([PromptId("a"), PromptId("b")], "sr") is first

    (library / "sr" / "a.ulaw").write_bytes(b"C" * 4000)
    monkeypatch.setattr("agi.sounds._LOOK_AGAIN_S", 0.0)
    changed = await sounds.playable([PromptId("a"), PromptId("b")], "sr")

    assert Path(f"{changed.path}.ulaw").read_bytes().startswith(b"C")


async def test_the_folder_of_joined_sounds_is_bounded_and_emptied_at_start(sounds, library, tmp_path):
    for count in range(2, 9):
        await sounds.playable([PromptId("a")] * count, "sr")

    assert len(list((tmp_path / "joined").glob("*.ulaw"))) == 3
    Sounds(library, tmp_path / "joined", Speaker())
    assert list((tmp_path / "joined").iterdir()) == []


@pytest.mark.parametrize(
    ("prompts", "reason"),
    [
        ([PromptId("nowhere")], "build the prompts"),
        ([PromptId("a"), PromptId("nowhere")], "build the prompts"),
        ([Sentence("Dobar dan")], "no voice"),
        ([], "nothing to say"),
    ],
)
async def test_what_cannot_be_said_is_said_so(sounds, prompts, reason):
    with pytest.raises(SoundMissing, match=reason):
        await sounds.playable(prompts, "sr")


async def test_calls_may_join_the_same_sounds_at_the_same_time(sounds):
    found = await asyncio.gather(*(sounds.playable([PromptId("a"), PromptId("b")], "sr") for _ in range(30)))

    assert {Path(f"{one.path}.ulaw").read_bytes() for one in found} == {b"A" * 8000 + b"B" * 4000}


async def test_a_disk_that_takes_no_joined_sound_costs_commands_not_the_call(sounds, library, tmp_path, caplog):
    (tmp_path / "joined").rmdir()

    found = await sounds.playable([PromptId("a"), PromptId("b"), PromptId("a")], "sr")

    assert [one.path for one in (*found.before, found)] == [f"{library}/sr/{name}" for name in ("a", "b", "a")]
    assert "one by one" in caplog.text
    (tmp_path / "joined").mkdir()
    assert (await sounds.playable([PromptId("a"), PromptId("b"), PromptId("a")], "sr")).before == ()
