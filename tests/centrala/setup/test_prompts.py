import pytest

from centrala.setup import prompts
from centrala.setup.prompts import build_prompts, prompts_are_current, prompts_dir
from centrala.setup.step import SetupError
from speech.prompt_library import BuildReport


@pytest.fixture
def town(tmp_path, monkeypatch):
    """A town with one sentence, and a synthesiser that writes nothing but says it did."""
    texts = {"sr": {"menu.main": "Izaberite."}}
    monkeypatch.setattr(prompts, "load_prompt_texts", lambda folder: texts)
    monkeypatch.setattr(prompts, "missing", lambda texts, folder: [])
    monkeypatch.setattr(
        prompts, "build", lambda *_, **__: (prompts_dir(tmp_path / "var").mkdir(parents=True, exist_ok=True), report)[1]
    )
    report = BuildReport(built=1, kept=0, recorded=0, removed=(), warnings=(), failed=(), seconds=1.0)
    (tmp_path / "town/prompts/sr").mkdir(parents=True)
    return texts


def test_a_built_library_is_current_until_a_text_changes(town, tmp_path):
    home, folder = tmp_path / "var", tmp_path / "town"
    assert not prompts_are_current(home, folder)
    build_prompts(home, folder, lambda *_: None)
    assert prompts_are_current(home, folder)
    town["sr"]["menu.main"] = "Molimo, izaberite."
    assert not prompts_are_current(home, folder)


def test_a_new_recording_asks_for_a_build(town, tmp_path):
    home, folder = tmp_path / "var", tmp_path / "town"
    build_prompts(home, folder, lambda *_: None)
    (folder / "prompts/sr/menu.main.wav").write_bytes(b"RIFF")
    assert not prompts_are_current(home, folder)


def test_a_lost_sound_asks_for_a_build(town, tmp_path, monkeypatch):
    home, folder = tmp_path / "var", tmp_path / "town"
    build_prompts(home, folder, lambda *_: None)
    monkeypatch.setattr(prompts, "missing", lambda texts, folder: [("sr", "menu.main")])
    assert not prompts_are_current(home, folder)


def test_a_prompt_that_could_not_be_made_stops_set_up_and_is_tried_again(town, tmp_path, monkeypatch):
    home, folder = tmp_path / "var", tmp_path / "town"
    prompts_dir(home).mkdir(parents=True)
    failed = BuildReport(0, 0, 0, (), (), ("sr/menu.main: no voice",), 0.0)
    monkeypatch.setattr(prompts, "build", lambda *_, **__: failed)
    with pytest.raises(SetupError, match=r"menu\.main"):
        build_prompts(home, folder, lambda *_: None)
    assert not prompts_are_current(home, folder)
