"""`environment.sh` with the world around it replaced by shell functions: no network, no root, no real packages."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "centrala/setup/environment.sh"


@pytest.fixture
def shell(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")

    def run(commands: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f". {SCRIPT}\n{commands}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin"},
        )

    return run


NO_PYTHON = "find_python() { return 1; }\n"
INSTALLED = """
find_python() { echo fake_python; }
fake_python() { mkdir -p .venv/bin; echo "#!$PWD/.venv/bin/python" >.venv/bin/pip
  printf '#!/bin/sh\\necho 3\\n' >.venv/bin/python; chmod +x .venv/bin/python; }
install_project() { echo "pip $1"; }
ca_file=/dev/null
"""


def test_without_python_and_without_root_the_administrator_is_told_what_to_install(shell):
    said = shell(f"{NO_PYTHON} ca_file=/dev/null; id() {{ echo 1000; }}; apt-get() {{ :; }}; make_environment plain")
    assert said.returncode == 1
    assert said.stderr.strip().count("\n") == 0
    assert "apt-get install python3 python3-venv" in said.stderr


def test_as_root_it_is_installed_and_the_reason_is_said(shell):
    said = shell(
        f'{NO_PYTHON} ca_file=/dev/null; id() {{ echo 0; }}; apt-get() {{ echo "$@" >>asked; }};'
        "make_environment plain || true"
    )
    assert "Installing python3 python3-venv (Centrala is written in Python 3.11)" in said.stderr


def test_an_archive_that_cannot_be_reached_is_one_clear_line(shell):
    said = shell(
        f"{NO_PYTHON} ca_file=/dev/null; id() {{ echo 0; }}; apt-get() {{ echo 'E: no network'; return 100; }};"
        "make_environment plain"
    )
    assert said.returncode == 1
    assert "E: no network" in said.stderr
    assert said.stderr.splitlines()[-1].startswith("centrala: apt-get could not install")


def test_the_second_start_installs_nothing(shell):
    said = shell(f"{INSTALLED} make_environment plain; echo second; make_environment plain")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == ["pip .", "second"]


def test_a_changed_package_list_installs_again(shell):
    said = shell(f"{INSTALLED} make_environment plain; echo '# more' >>pyproject.toml; make_environment plain")
    assert said.stdout.splitlines() == ["pip .", "pip ."]


def test_a_changed_setting_of_a_tool_installs_nothing(shell):
    said = shell(
        f"{INSTALLED} echo '[tool.pytest.ini_options]' >>pyproject.toml; make_environment plain;"
        "echo 'timeout = 9' >>pyproject.toml; echo second; make_environment plain"
    )
    assert said.stdout.splitlines() == ["pip .", "second"]


def test_the_tests_packages_serve_both_and_are_kept(shell):
    said = shell(
        f"{INSTALLED} make_environment plain; make_environment test; make_environment plain;"
        "echo '# more' >>pyproject.toml; make_environment plain"
    )
    assert said.stdout.splitlines() == ["pip .", "pip .[test]", "pip .[test]"]


def test_a_half_installed_environment_is_finished(shell):
    said = shell(
        f"{INSTALLED} install_project() {{ return 1; }}; (make_environment plain) || true;"
        "install_project() { echo again; }; make_environment plain"
    )
    assert said.stdout.splitlines() == ["again"]
    assert "Check the network" in said.stderr


def test_an_environment_moved_from_elsewhere_is_made_anew(shell):
    said = shell(
        f"{INSTALLED} make_environment plain; echo '#!/elsewhere/.venv/bin/python' >.venv/bin/pip;"
        "touch .venv/old; rm .venv/.centrala-installed; make_environment plain; ls .venv"
    )
    assert "old" not in said.stdout.split()


def test_pip_s_failure_is_seen_through_its_progress(shell, tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text("#!/bin/sh\necho ERROR: no network\nexit 7\n")
    (tmp_path / ".venv/bin/python").chmod(0o755)
    said = shell("set +o pipefail; install_project . || echo failed $?")
    assert said.stdout == "failed 7\n"
    assert "ERROR: no network" in said.stderr
