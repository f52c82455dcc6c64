"""The SIPp files are valid against their DTD, say what they are, and the profiles name files that exist."""

import re
from pathlib import Path

import pytest
from lxml import etree

from calls.yaml_nodes import read_yaml

FOLDER = Path(__file__).parents[2] / "sipp_scenarios"
SCENARIOS = sorted(FOLDER.glob("*.xml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_valid_against_the_dtd(path):
    with (FOLDER / "sipp.dtd").open("rb") as file:
        dtd = etree.DTD(file)
    tree = etree.parse(str(path))
    assert dtd.validate(tree), dtd.error_log.filter_from_errors()
    assert tree.docinfo.system_url == "sipp.dtd"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_jump_has_its_label_and_every_file_its_purpose(path):
    text = path.read_text()
    jumps = set(re.findall(r'next="(\w+)"', text))
    labels = set(re.findall(r'<label id="(\w+)"', text))
    assert jumps <= labels
    assert "<!-- " in text.partition("<scenario")[0]


def test_the_expected_scenarios_are_there():
    expected = {
        "uac_menu",
        "uac_hangup_in_menu",
        "uac_cancel",
        "uas_operator",
        "uac_hostile",
        "uac_load",
        "uac_register",
    }
    assert expected <= {path.stem for path in SCENARIOS}


def test_profiles_fit_their_scenarios():
    profiles, _ = read_yaml((FOLDER / "profiles.yaml").read_text())
    for name, profile in profiles.items():
        text = (FOLDER / f"{profile['scenario']}.xml").read_text()
        fields = {int(number) for number in re.findall(r"\[field(\d+)\]", text)}
        given = profile["rows"].count(";") + 1
        assert given >= max(fields) + 1, f"{name}: {given} fields, the scenario reads {max(fields) + 1}"
        assert profile["rate"] > 0
        assert profile["limit"] >= profile["rate"]
        assert profile["purpose"]
