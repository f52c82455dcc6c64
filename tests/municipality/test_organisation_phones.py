"""Telephones to which callers may be put through: the check of the town's folder says what cannot be rung."""

import shutil
from pathlib import Path

import pytest

from cases.town_loader import MunicipalityError, load_town
from centrala.outside_lines import callable_targets, outside_lines

SAMPLE = Path(__file__).parents[2] / "municipality"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SAMPLE, tmp_path / "town"))


def write_phone(folder, number):
    file = folder / "organisations.yaml"
    file.write_text(file.read_text().replace('    phone: "2005"\n', f'    phone: "{number}"\n'))


@pytest.mark.parametrize(
    ("number", "what"),
    [("311", "our own public number"), ("2999", "no operator has the extension"), ("037555010", "no line can call")],
)
def test_a_phone_that_cannot_be_rung_is_refused_with_its_line(folder, number, what):
    write_phone(folder, number)
    with pytest.raises(MunicipalityError, match=what) as refused:
        load_town(folder)
    assert refused.value.problems[0].line > 0


def test_the_allow_list_is_the_duty_telephones_and_the_bodies_with_a_phone():
    town = load_town(SAMPLE)
    lines = {line.name: line.dial for line in outside_lines(town)}
    assert lines == {"duty-1": "PJSIP/2005", "organisation-vodovod": "PJSIP/2005"}
    assert [name for _, name, _ in callable_targets(town)] == ["2005", "Vodovod"]


def test_a_number_outside_goes_by_the_line_that_can_call_out(folder):
    town = folder / "town.yaml"
    text = town.read_text()
    line = '  - name: test # a line from this very machine, for trying things out\n    match: ["127.0.0.1"]\n'
    assert line in text
    provider = '  - {name: telekom, match: ["192.0.2.10"], server: "sip:sip.example.net"}\n'
    town.write_text(text.replace(line, line + provider))
    write_phone(folder, "037555010")
    lines = {one.name: one.dial for one in outside_lines(load_town(folder))}
    assert lines["organisation-vodovod"] == "PJSIP/037555010@telekom"
