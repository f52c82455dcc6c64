import sqlite3

import pytest

from centrala import backup
from centrala.errors import CommandFailed, WrongUsage
from centrala.settings import Settings


@pytest.fixture
def town(tmp_path):
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "town.yaml").write_text("name: X\n")
    return folder


def installation(home, town):
    return Settings(home=home, municipality=town)


@pytest.fixture
def lived_in(tmp_path, town):
    home = tmp_path / "home"
    (home / "journal" / "1").mkdir(parents=True)
    (home / "journal" / "1" / "a.jsonl").write_text("fact\n")
    (home / "recordings" / "calls").mkdir(parents=True)
    (home / "recordings" / "calls" / "1.wav").write_bytes(b"sound")
    (home / "secrets.toml").write_text('pin_key = "1"\n')
    with sqlite3.connect(home / "centrala.db") as database:
        database.execute("create table facts (word text)")
        database.execute("insert into facts values ('kept')")
    return installation(home, town)


def test_what_was_backed_up_is_there_after_a_restore(lived_in, tmp_path, town):
    said = []
    open_elsewhere = sqlite3.connect(lived_in.home / "centrala.db")
    open_elsewhere.execute("begin immediate")
    open_elsewhere.execute("insert into facts values ('not yet committed')")
    backup.take(lived_in, tmp_path / "backup", said.append)
    open_elsewhere.rollback()
    other = installation(tmp_path / "other", town)
    backup.put_back(other, tmp_path / "backup", said.append)
    assert (other.home / "journal" / "1" / "a.jsonl").read_text() == "fact\n"
    assert (other.home / "recordings" / "calls" / "1.wav").read_bytes() == b"sound"
    assert (other.home / "secrets.toml").read_text() == 'pin_key = "1"\n'
    with sqlite3.connect(other.home / "centrala.db") as database:
        assert database.execute("select word from facts").fetchall() == [("kept",)]
    assert "recordings" in said


def test_a_restore_never_writes_over_data(lived_in, tmp_path):
    backup.take(lived_in, tmp_path / "backup", lambda _: None)
    with pytest.raises(CommandFailed, match="there already"):
        backup.put_back(lived_in, tmp_path / "backup", lambda _: None)


def test_a_folder_with_something_in_it_is_no_place_for_a_backup(lived_in, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(WrongUsage, match="not empty"):
        backup.take(lived_in, tmp_path / "full", lambda _: None)


def test_half_a_backup_is_refused(lived_in, tmp_path, town):
    backup.take(lived_in, tmp_path / "backup", lambda _: None)
    (tmp_path / "backup" / "backup.json").unlink()
    with pytest.raises(WrongUsage, match="no whole backup"):
        backup.put_back(installation(tmp_path / "other", town), tmp_path / "backup", lambda _: None)
