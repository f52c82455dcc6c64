import pytest

from asterisk_conf.known_holes import KNOWN_HOLES, AsteriskVersion, parse_version, why_refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Asterisk 22.10.1~dfsg+~cs6.17.60671434-1\n", AsteriskVersion((22, 10, 1))),
        ("1:20.6.0~dfsg+~cs6.13.40431414-2build5", AsteriskVersion((20, 6, 0))),
        ("Asterisk certified/20.7-cert5", AsteriskVersion((20, 7), 5)),
        ("Asterisk GIT-master-0fdc0d3", None),
        ("", None),
    ],
)
def test_versions_are_read_from_what_the_program_and_the_package_say(text, expected):
    assert parse_version(text) == expected


@pytest.mark.parametrize("text", ["Asterisk 22.10.1", "Asterisk 20.18.2", "Asterisk 23.2.2", "Asterisk 24.0.0"])
def test_repaired_versions_are_accepted(text):
    version = parse_version(text)
    assert version is not None
    assert why_refused(version) is None


@pytest.mark.parametrize(
    ("text", "cve"),
    [
        ("Asterisk 20.9.1", "CVE-2024-42365"),
        ("Asterisk 22.4.0", "CVE-2025-47779"),
        ("Asterisk 22.8.1", "CVE-2026-23738"),
        ("Asterisk certified/20.7-cert4", "CVE-2025-47779"),
    ],
)
def test_a_version_with_a_hole_is_refused_by_the_hole_s_name(text, cve):
    version = parse_version(text)
    assert version is not None
    reason = why_refused(version)
    assert reason is not None
    assert cve in reason
    assert "\n" not in reason


def test_the_first_fixed_version_of_every_branch_is_free_of_that_hole():
    for hole in KNOWN_HOLES:
        for fixed in hole.fixed_in:
            assert not hole.touches(AsteriskVersion(fixed))
            assert hole.touches(AsteriskVersion((*fixed[:2], fixed[2] - 1)))


def test_a_branch_that_died_before_the_fix_stays_open():
    (hole,) = [hole for hole in KNOWN_HOLES if hole.cve == "CVE-2025-47779"]
    assert hole.touches(AsteriskVersion((19, 8, 1)))


def test_too_old_is_said_before_any_hole():
    assert "too old" in str(why_refused(AsteriskVersion((16, 28, 0))))
