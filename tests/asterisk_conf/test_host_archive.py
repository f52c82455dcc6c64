import pytest

from asterisk_conf.host_archive import Mirror, PrivateApt, host_mirror
from asterisk_conf.programs import InstallError


@pytest.fixture
def fake_apt(tmp_path, monkeypatch):
    """Puts an `apt-get` on PATH that says what the test wants."""

    def install(listing: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "listing").write_text(listing)
        for name in ("apt-get", "dpkg-deb", "apt-config"):
            program = folder / name
            program.write_text(f'#!/bin/sh\n[ {name} = apt-config ] && exit 0\nexec /bin/cat "{folder}/listing"\n')
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    return install


@pytest.fixture
def bookworm(tmp_path):
    path = tmp_path / "os-release"
    path.write_text('ID=debian\nVERSION_CODENAME=bookworm\nNAME="Debian GNU/Linux"\n')
    return path


def test_the_mirror_is_the_one_that_carries_the_host_s_own_release(fake_apt, bookworm):
    fake_apt(
        "https://packages.example.org/apt cloud main amd64\n"
        "http://security.example.org/debian-security bookworm-security main amd64\n"
        "http://mirror.example.org/debian bookworm-updates main amd64\n"
        "http://mirror.example.org/debian bookworm main amd64\n"
    )
    assert host_mirror(bookworm) == Mirror("http://mirror.example.org/debian", "bookworm", "amd64")


def test_a_host_that_names_its_release_stable_is_understood(fake_apt, bookworm):
    fake_apt("http://mirror.example.org/debian stable main arm64\n")
    assert host_mirror(bookworm) == Mirror("http://mirror.example.org/debian", "bookworm", "arm64")


def test_no_mirror_is_one_clear_line(fake_apt, bookworm):
    fake_apt("")
    with pytest.raises(InstallError, match=r"no mirror of 'bookworm'.*sources.list"):
        host_mirror(bookworm)


def test_a_system_without_apt_is_told_what_to_install(monkeypatch, tmp_path, bookworm):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallError, match="Asterisk 20 or newer"):
        host_mirror(bookworm)


def test_apt_keeps_its_state_in_our_folder_and_reads_no_host_sources(fake_apt, tmp_path):
    fake_apt("")
    PrivateApt(
        tmp_path / "apt", Mirror("http://m.example.org/debian", "bookworm", "amd64"), ("testing",), tmp_path / "s"
    )
    settings = (tmp_path / "apt/apt.conf").read_text()
    assert f'Dir::State "{tmp_path}/apt/state";' in settings
    assert f'Dir::State::status "{tmp_path}/s";' in settings
    assert 'Dir::Etc::sourceparts "/dev/null";' in settings
    sources = (tmp_path / "apt/etc/sources.list").read_text()
    assert sources.endswith("http://m.example.org/debian testing main\n")
    assert "trusted=yes" not in sources


def test_a_name_apt_would_take_for_a_number_of_columns_is_not_a_mirror(fake_apt, bookworm):
    fake_apt("nonsense\na b c d e\n")
    with pytest.raises(InstallError):
        host_mirror(bookworm)


def scripted_apt(tmp_path, monkeypatch, script):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in {"apt-get": script, "apt-config": "exit 0"}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    mirror = Mirror("http://m.example.org/debian", "bookworm", "amd64")
    return PrivateApt(tmp_path / "apt", mirror, ("testing",), tmp_path / "status")


def test_lists_past_their_date_are_taken_with_a_warning(tmp_path, monkeypatch, caplog):
    apt = scripted_apt(
        tmp_path,
        monkeypatch,
        f'echo "$@" >>"{tmp_path}/asked"\n'
        'case "$*" in *Check-Valid-Until=false*) exit 0;; esac\n'
        'echo "E: Release file for x is expired (invalid since 15d)" >&2; exit 100',
    )
    apt.update()
    assert "past their date" in caplog.text
    assert len((tmp_path / "asked").read_text().splitlines()) == 2


def test_a_bad_signature_is_never_taken(tmp_path, monkeypatch):
    apt = scripted_apt(tmp_path, monkeypatch, f'echo x >>"{tmp_path}/asked"; echo "E: not signed" >&2; exit 100')
    with pytest.raises(InstallError, match="not signed"):
        apt.update()
    assert (tmp_path / "asked").read_text() == "x\n"
