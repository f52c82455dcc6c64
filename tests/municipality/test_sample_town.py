"""The sample town is whole; a town with a mistake is refused with file, line and mend."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from calls.languages import LANGUAGES
from cases.town_loader import MunicipalityError, load_town
from centrala.municipality_check import check
from ivr.calendar_file import load_calendar
from ivr.loader import load_flows
from ivr.prompt_texts import load_prompt_texts, required_prompts

SAMPLE = Path(__file__).parents[2] / "municipality"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "town"))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_the_sample_town_has_no_problem():
    assert check(SAMPLE) == []


def test_it_is_what_the_documents_promise():
    sample = load_town(SAMPLE)
    assert sample.dids == ("311",)
    assert sample.operator_extensions == ("2001", "2002", "2003", "2004", "2005")
    assert sample.languages == LANGUAGES
    assert [one.id for one in sample.organisations] == ["city", "vodovod", "cistoca", "toplana", "putevi", "parking"]
    gateway = sample.radio_gateway("radio-1")
    assert gateway is not None
    assert gateway.uri == "sip:dispatch@127.0.0.1:5080"
    assert len(sample.services) >= 12
    assert len(sample.streets) >= 60
    assert all(sample.crews_of(one.id) for one in sample.organisations)


def test_no_service_is_unowned():
    sample = load_town(SAMPLE)
    assert sample.responsible_for("burst_main").id == "vodovod"
    assert sample.responsible_for("never heard of").id == "city"
    assert sample.responsible_for(None).id == "city"


def test_texts_have_the_same_ids_in_every_language():
    texts = load_prompt_texts(SAMPLE)
    ids = [set(texts[language]) for language in LANGUAGES]
    assert all(one == ids[0] for one in ids)
    assert required_prompts(load_flows(SAMPLE / "flows")) <= ids[0]


def test_serbian_is_written_in_latin_script():
    for language, prompts in load_prompt_texts(SAMPLE).items():
        for prompt, text in prompts.items():
            assert not any("\u0400" <= letter <= "\u04ff" for letter in text), (language, prompt)


@pytest.mark.parametrize(
    ("day", "name"), [(date(2026, 4, 10), "Veliki petak"), (date(2027, 5, 3), "Vaskršnji ponedeljak")]
)
def test_movable_holidays(day, name):
    found = load_calendar(SAMPLE).holiday_on(day)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "services.yaml",
            "organisation: vodovod",
            "organisation: vodvod",
            "unknown organisation `vodvod`; write",
        ),
        ("services.yaml", "      hu: Csőtörés\n", "", "service `burst_main` has no name in `hu`; add `hu:`"),
        ("services.yaml", "clock: calendar", "clock: lunar", "`clock` 'lunar' is wrong"),
        ("services.yaml", "hours: 24", "hours: soon", "`hours` 'soon' is wrong"),
        ("organisations.yaml", '    duty_phone: "2005"\n', "", "`duty_phone` is missing; add `duty_phone:`"),
        ("crews.yaml", "organisation: toplana", "organisation: termo", "crew `toplana-1` belongs to the unknown"),
        ("crews.yaml", "radio: radio-1", "radio: radio-9", "unknown radio gateway `radio-9`"),
        ("radio.yaml", "sip:dispatch", "dispatch", "`uri` 'dispatch@127.0.0.1:5080' is wrong"),
        ("town.yaml", 'dids: ["311"]', 'dids: ["2001"]', "2001 is a public number and an operator's extension"),
        ("town.yaml", "Europe/Belgrade", "Europe/Lipovac", "unknown time zone"),
        ("town.yaml", "name: Lipovac", "name: Lipovac\nname: Lipovac", "each key may stand once"),
        ("calendar.yaml", '["07:30-18:00"]', '["18:00-07:30"]', "closes (07:30) before it opens (18:00)"),
        ("calendar.yaml", "  cash_desk:\n", "  till:\n", "asks for the unknown schedule `cash_desk`"),
        ("calendar.yaml", "  working:", "  work:", "there is no schedule `working`"),
        ("notices.yaml", "topic: water_outage", "topic: wine", "no flow says the topic `wine`"),
        ("notices.yaml", "      sk: Pre práce", "      de: Wegen", "has no text in `sk`"),
        ("prompts/prompts.ro.yaml", "menu.main:", "menu.mainn:", "prompt `menu.main` has no text; add a line"),
        ("prompts/prompts.hu.yaml", "digits.9: kilenc", "digits.9:", "prompt `digits.9` has no text"),
        (
            "flows/report.yaml",
            "queue: operators",
            "queue: night",
            "uses the unknown queue `night`; write one of english, hungarian, operators",
        ),
        ("flows/message.yaml", "service_code: other", "service_code: oter", "unknown service `oter`"),
        (
            "operators.yaml",
            "{sr: odmor, en: rest}",
            "{en: rest}",
            "pause reason `pauza` has no name in `sr`; add `sr:`",
        ),
        (
            "operators.yaml",
            "{sr: Vređanje, en: Abusive}",
            "{en: Abusive}",
            "outcome `abusive` has no name in `sr`; add `sr:`",
        ),
        ("operators.yaml", "  silent: {names", "  Tišina: {names", "`id` 'Tišina' is wrong"),
        ("operators.yaml", "  silent: {names", "  silent: {name", "`name` is not known here"),
        ("operators.yaml", "  obuka:", "  connection:", "`connection` is the server's own"),
        ("operators.yaml", "seconds: 60, extend", "seconds: -1, extend", "`wrap_up.seconds` -1 is wrong"),
        ("operators.yaml", "idle_alarm_seconds", "idle_seconds", "`idle_seconds` is not known here"),
        ("streets.csv", "Glavna,", "Glavna;", "not a street"),
    ],
)
def test_each_mistake_is_told(town: Path, file: str, old: str, new: str, words: str):
    change(town / file, old, new)
    told = [str(problem) for problem in check(town)]
    assert any(words in one and one.startswith(str(town)) for one in told), told


def test_a_mistake_is_told_with_its_line(town: Path):
    change(town / "services.yaml", "organisation: toplana", "organisation: kotlarnica")
    lines = (town / "services.yaml").read_text("utf-8").splitlines()
    wanted = lines.index("    organisation: kotlarnica") + 1
    with pytest.raises(MunicipalityError) as error:
        load_town(town)
    assert [problem.line for problem in error.value.problems] == [wanted]


def test_all_mistakes_are_told_at_once(town: Path):
    change(town / "services.yaml", "organisation: vodovod", "organisation: vodvod")
    change(town / "flows/report.yaml", "then: connect", "then: conect")
    (town / "prompts" / "prompts.sk.yaml").unlink()
    assert len({problem.file for problem in check(town)}) >= 2


def test_a_missing_file_is_told(town: Path):
    (town / "services.yaml").unlink()
    assert any("services.yaml: cannot be read" in str(problem) for problem in check(town))


def test_a_missing_sound_is_told_for_its_language(town: Path, tmp_path: Path):
    sounds = tmp_path / "prompts"
    texts = load_prompt_texts(town)
    for language, prompts in texts.items():
        (sounds / language).mkdir(parents=True)
        for prompt in prompts:
            (sounds / language / f"{prompt}.ulaw").touch()
    assert check(town, sounds) == []
    (sounds / "hu" / "menu.main.ulaw").unlink()
    assert [problem.what for problem in check(town, sounds)] == ["prompt `menu.main` has no sound in `hu`"]


def test_a_folder_that_is_none_is_told(tmp_path: Path):
    assert [str(problem) for problem in check(tmp_path / "no")] == [
        f"{tmp_path / 'no'}: is not a folder; give the folder that holds town.yaml"
    ]
