"""`centrala up` as a person meets it: the table, the first accounts, Ctrl-C, what is left behind."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.system.asterisk_bed import wait_for
from tests.system.installation import Installation, running_installation

pytestmark = pytest.mark.system


def test_it_tells_where_everything_is_and_leaves_nothing_behind():
    with running_installation() as running:
        told = (running.home / "up.log").read_text()
        assert "number to call" in told
        assert running.setting("CONSOLE__BIND") in told
        assert (running.home / "first-login.txt").stat().st_mode & 0o777 == 0o600
        roles = {role for role, _, _ in running.accounts.values()}
        assert {"administrator", "supervisor", "operator", "utility"} <= roles
        pids = {name: row["pid"] for name, row in running.processes().items()}
        assert set(pids) == {"asterisk", "agi-1", "agi-2", "console", "dispatch", "public"}
        second = running.cli("up")
        assert second.returncode == 1
        assert "runs already" in second.stderr
        assert running.stop() == 0
        assert [name for name, pid in pids.items() if Path(f"/proc/{pid}").exists()] == []
        left = [path for path in running.home.rglob("*") if path.is_socket() or ".new" in path.name]
        assert left == []
        assert not (running.home / "asterisk" / "run" / "asterisk.pid").exists()


@pytest.fixture(scope="module")
def up():
    with running_installation() as running:
        yield running


def test_our_processes_are_forked_and_named(up: Installation):
    for name, row in up.processes().items():
        if name != "asterisk":
            # A title is one string; the arguments of a program that was started are several.
            assert f"-m centrala serve {name}".encode() in Path(f"/proc/{row['pid']}/cmdline").read_bytes()
    assert (up.home / "log" / "fork-server.log").read_text() == ""


def test_the_doctor_finds_nothing_wrong(up: Installation):
    done = up.cli("doctor", "--json")
    findings = json.loads(done.stdout)
    assert [finding for finding in findings if finding["level"] == "failed"] == []
    assert done.returncode == 0
    assert {"Asterisk", "AMI", "database", "town", "radio"} <= {finding["subject"] for finding in findings}


def test_a_taken_port_stops_the_start_in_one_line(up: Installation, tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = f"127.0.0.1:{holder.getsockname()[1]}"
        environment = {**up.environment, "CENTRALA_HOME": str(tmp_path), "CENTRALA_CONSOLE__BIND": taken}
        os.symlink(up.home / "runtime", tmp_path / "runtime")
        os.symlink(up.home / "prompts", tmp_path / "prompts")
        done = Installation(tmp_path, environment, up.process).cli("up")
    assert done.returncode == 1
    assert f"{taken} cannot be used" in done.stderr
    assert "console.bind" in done.stderr


def test_every_process_answers_for_itself(up: Installation):
    status, body = up.api("GET", "/api/v1/operators", user="supervisor")
    assert (status, body["total"]) == (200, 5)


def test_an_edited_town_is_taken_up_and_a_wrong_one_is_not(tmp_path):
    town = tmp_path / "town"
    shutil.copytree(Path(__file__).parents[2] / "municipality", town)
    with running_installation(municipality=town) as running:
        console = running.pid("console")
        asterisk = running.pid("asterisk")
        text = (town / "town.yaml").read_text()
        (town / "town.yaml").write_text(text.replace("name: Lipovac", "nam: Lipovac"))
        log = running.home / "log" / "supervisor.log"
        wait_for(lambda: "is not taken up" in log.read_text(), reason="the mistake is told")
        assert running.pid("console") == console
        operators = text.replace('{extension: "2005"', '{extension: "2006", languages: [sr]}\n  - {extension: "2005"')
        (town / "town.yaml").write_text(operators.replace("name: Lipovac", "name: Pećinci"))
        running.wait_restarted("console", console)
        config = running.home / "asterisk" / "etc" / "pjsip.conf"
        wait_for(lambda: "[2006]" in config.read_text(), reason="the new telephone is in the configuration")
        assert running.pid("asterisk") == asterisk
