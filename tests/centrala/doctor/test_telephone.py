import shutil
from pathlib import Path

import pytest

from centrala.doctor import telephone
from centrala.doctor.finding import Level
from centrala.settings import AmiSettings, Settings

MUNICIPALITY = Path(__file__).parents[3] / "municipality"


def test_without_asterisk_it_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr(telephone, "find_asterisk", lambda home: None)
    monkeypatch.setattr(telephone, "refused_asterisk", lambda home: None)
    found = telephone.check_asterisk(tmp_path)
    assert found.level is Level.FAILED
    assert "./run" in found.mend


def test_an_asterisk_with_known_holes_is_named_with_the_hole(monkeypatch, tmp_path):
    program = tmp_path / "bin" / "asterisk"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho Asterisk 20.9.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    found = telephone.check_asterisk(tmp_path / "home")
    assert found.level is Level.FAILED
    assert "CVE-2024-42365" in found.text
    assert found.mend


def test_a_missing_prompt_is_told_with_its_language(tmp_path):
    (tmp_path / "prompts").mkdir()
    found = telephone.check_town(MUNICIPALITY, tmp_path / "prompts")
    assert {finding.level for finding in found} == {Level.FAILED}
    told = " ".join(finding.text for finding in found)
    for language in ("sr", "en", "hu", "sk", "ro"):
        assert f"prompts.{language}.yaml" in told or f"`{language}`" in told or f"/{language}/" in told


def test_a_wrong_file_of_the_town_is_told_with_line_and_mend(tmp_path):
    shutil.copytree(MUNICIPALITY, tmp_path / "town")
    services = tmp_path / "town" / "services.yaml"
    services.write_text(services.read_text().replace("organisation: vodovod", "organisation: vodovd", 1))
    (found,) = telephone.check_town(tmp_path / "town", None)
    assert "services.yaml:" in found.text
    assert "vodovd" in found.text
    assert "vodovod" in found.mend


def test_a_missing_event_folder_is_seen_before_events_are_lost(tmp_path):
    assert telephone.check_cel_folder(tmp_path / "cel-custom" / "Master.csv").level is Level.WARNING
    (tmp_path / "cel-custom").mkdir()
    assert telephone.check_cel_folder(tmp_path / "cel-custom" / "Master.csv").level is Level.OK


async def test_a_silent_manager_interface_is_told(tmp_path):
    found = await telephone.check_ami(Settings(home=tmp_path, ami=AmiSettings(bind="127.0.0.1:1")), "secret")
    assert found.level is Level.FAILED
    assert "127.0.0.1:1" in found.text


@pytest.mark.parametrize(("there", "level"), [(object(), Level.OK), (None, Level.WARNING)])
def test_the_radio_library(monkeypatch, there, level):
    monkeypatch.setattr(telephone.importlib.util, "find_spec", lambda name: there)
    assert telephone.check_pjsua2().level is level
