import pytest

from calls.alarms import AlarmKind, alarm_id, kind_and_about


@pytest.mark.parametrize(
    ("kind", "about", "made"),
    [
        (AlarmKind.AMI_LOST, "", "ami_lost"),
        (AlarmKind.TRUNK_DOWN, "telekom", "trunk_down:telekom"),
        (AlarmKind.DEAD_LETTER, 0, "dead_letter:0"),
        (AlarmKind.JOURNAL, "1700000000.12:3", "journal:1700000000.12:3"),
    ],
)
def test_an_id_is_the_kind_and_what_it_is_about(kind, about, made):
    assert alarm_id(kind, about) == made
    assert kind_and_about(made) == (kind, str(about))


def test_an_id_fits_its_column():
    made = alarm_id(AlarmKind.RECORDING_DAMAGED, "x" * 100)
    assert len(made) == 64
    assert kind_and_about(made)[0] == AlarmKind.RECORDING_DAMAGED


def test_an_id_of_a_newer_version_is_read_too():
    assert kind_and_about("roof_leaks:attic") == ("roof_leaks", "attic")
