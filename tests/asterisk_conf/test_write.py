"""Files appear whole, private, and only when they changed."""

import stat
from dataclasses import replace

import numpy as np
import pytest

from asterisk_conf.hold_tone import PEAK, RATE, hold_tone_samples
from asterisk_conf.models import Directories
from asterisk_conf.write import write_configuration, write_files, write_if_changed


@pytest.fixture
def home_inputs(inputs, tmp_path):
    (tmp_path / "data").mkdir()
    home = tmp_path / "var"
    return replace(inputs, directories=Directories(home, tmp_path / "modules", tmp_path / "data", run=tmp_path / "r"))


def test_the_second_write_changes_nothing(home_inputs):
    first = write_configuration(home_inputs)
    assert "extensions.conf" in first
    assert write_configuration(home_inputs) == ()


def test_only_the_changed_file_is_written(home_inputs):
    write_configuration(home_inputs)
    more = replace(home_inputs, languages=("sr",))
    assert set(write_configuration(more)) == {"musiconhold.conf"}


def test_what_is_written_is_private_and_cel_has_its_folder(home_inputs):
    write_configuration(home_inputs)
    directories = home_inputs.directories
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in directories.etc.iterdir())
    assert directories.cel_file.parent.is_dir()
    assert directories.incoming_recordings.is_dir()
    assert (directories.datadir / "sounds").resolve() == directories.prompts.resolve()


def test_a_wrong_link_is_put_right(home_inputs, tmp_path):
    write_configuration(home_inputs)
    link = home_inputs.directories.datadir / "sounds"
    link.unlink()
    link.symlink_to(tmp_path)
    write_configuration(home_inputs)
    assert link.resolve() == home_inputs.directories.prompts.resolve()


def test_files_of_an_older_version_go(tmp_path):
    (tmp_path / "old.conf").write_text("[x]\n")
    assert write_files(tmp_path, {"new.conf": "[y]\n"}) == ("new.conf", "old.conf")
    assert [path.name for path in tmp_path.iterdir()] == ["new.conf"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "a.conf"
    target.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_if_changed(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.conf"]


def test_the_hold_tone_is_quiet_and_not_silent():
    samples = hold_tone_samples()
    assert len(samples) == 6 * RATE
    assert abs(int(samples.max()) - PEAK * 32767) < 400


def test_what_a_waiting_caller_hears_is_linear_whatever_an_older_version_left(home_inputs):
    directories = home_inputs.directories
    spoken = directories.prompts / "sr" / "queue.wait.ulaw"
    for folder in (spoken.parent, directories.hold_music):
        folder.mkdir(parents=True)
    spoken.write_bytes(bytes([0x00, 0x80, 0xFF]))
    (directories.hold_music / "tone.ulaw").write_bytes(b"old")
    (directories.hold_music / "wait-sr.alaw").symlink_to(spoken)
    write_configuration(home_inputs)
    found = {path.name: path.read_bytes() for path in directories.hold_music.iterdir()}
    assert sorted(found) == ["still.sln", "tone.sln", "wait-sr.sln"], "a µ-law file would be taken before a linear one"
    assert found["tone.sln"] == hold_tone_samples().tobytes()
    assert np.frombuffer(found["wait-sr.sln"], "<i2").tolist() == [-32124, 32124, 0]
