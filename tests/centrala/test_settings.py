import pytest

from centrala.command_line import run
from centrala.layout import Layout
from centrala.logs import NumberMask
from centrala.secrets_file import SecretsError, load_identity_key, load_secrets, sip_password
from centrala.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def no_settings_file(monkeypatch, tmp_path):
    monkeypatch.setenv("CENTRALA_CONFIG", str(tmp_path / "centrala.toml"))
    return tmp_path / "centrala.toml"


def test_environment_wins_over_the_file_and_leaves_the_rest(no_settings_file, monkeypatch):
    no_settings_file.write_text('[console]\nbind = "127.0.0.1:9000"\norigin = "https://town"\n')
    monkeypatch.setenv("CENTRALA_CONSOLE__BIND", "127.0.0.1:9001")
    settings = load_settings()
    assert (settings.console.bind, settings.console.origin) == ("127.0.0.1:9001", "https://town")


def test_home_is_moved_by_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("CENTRALA_HOME", str(tmp_path))
    settings = load_settings()
    assert settings.database_url == f"sqlite:///{tmp_path}/centrala.db"
    assert Layout.of(settings).recordings == tmp_path / "recordings"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[console]\nbind = "8080"\n', "console.bind"),
        ('[consol]\nbind = "127.0.0.1:8080"\n', "consol"),
        ("[sip]\nmax_calls = 0\n", "sip.max_calls"),
        ('[sip]\nrtp_ports = "20000-10000"\n', "sip.rtp_ports"),
        ("[sip\n", "centrala.toml"),
    ],
)
def test_a_wrong_file_says_where(no_settings_file, text, said, capsys):
    no_settings_file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        load_settings()
    assert run(["config", "check"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


def test_secrets_are_made_once_and_only_for_the_owner(tmp_path):
    first = load_secrets(tmp_path)
    assert (tmp_path / "secrets.toml").stat().st_mode & 0o777 == 0o600
    assert load_secrets(tmp_path) == first
    (tmp_path / "secrets.toml").chmod(0o644)
    with pytest.raises(SecretsError, match="chmod 600"):
        load_secrets(tmp_path)


def test_the_identity_key_lies_in_a_file_of_its_own(tmp_path):
    key = load_identity_key(tmp_path)
    assert len(key) == 32
    assert load_identity_key(tmp_path) == key
    assert (tmp_path / "identity.key").stat().st_mode & 0o777 == 0o600
    load_secrets(tmp_path)
    assert key.hex() not in (tmp_path / "secrets.toml").read_text()


def test_each_extension_has_its_own_password():
    assert sip_password("00" * 32, "2001") != sip_password("00" * 32, "2002")
    assert sip_password("00" * 32, "2001") == sip_password("00" * 32, "2001")


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("call from +381641234567 came", "call from …67 came"),
        ("call from 0641234567", "call from …67"),
        ("linkedid pbx-1763772000.12 at 03:15:26", "linkedid pbx-1763772000.12 at 03:15:26"),
    ],
)
def test_logs_do_not_hold_numbers(text, logged):
    import logging

    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s", (text,), None)
    NumberMask().filter(record)
    assert record.getMessage() == logged
