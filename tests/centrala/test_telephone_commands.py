"""`user phone`, `asterisk` and `reload` where nothing runs: one clear line, or what to enter into a telephone."""

import pytest

from centrala.command_line import run
from centrala.secrets_file import load_secrets, sip_password


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CENTRALA_HOME", str(tmp_path))
    return tmp_path


def test_a_telephone_is_told_its_server_name_and_password(home, capsys):
    assert run(["user", "phone", "2003"]) == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.replace("user name", "user").splitlines())
    assert told["user"] == "2003"
    assert told["server"].startswith("127.0.0.1:5060")
    assert told["password"] == sip_password(load_secrets(home).sip_password_seed, "2003")


def test_an_open_address_is_shown_as_this_machine(monkeypatch, capsys):
    monkeypatch.setenv("CENTRALA_SIP__BIND", "0.0.0.0:5060")
    monkeypatch.setattr("socket.gethostname", lambda: "town-hall")
    assert run(["user", "phone", "2003"]) == 0
    assert "town-hall:5060" in capsys.readouterr().out


def test_an_unknown_telephone_is_wrong_usage(capsys):
    assert run(["user", "phone", "2099"]) == 2
    assert "2001, 2002, 2003, 2004, 2005" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["asterisk", "core show version"], ["reload"]])
def test_without_a_running_installation_the_reason_is_said(words, capsys):
    assert run(words) == 1
    assert "./run" in capsys.readouterr().err
