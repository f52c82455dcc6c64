"""`centrala reload`: a new telephone and a provider's line appear while a caller goes on listening to the menu."""

import shutil
import subprocess
import sys

import pytest

from tests.system.asterisk_bed import wait_for
from tests.system.installation import CHECKOUT, running_installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(280)]


def test_a_changed_town_is_taken_up_and_the_call_goes_on(tmp_path):
    folder = tmp_path / "municipality"
    shutil.copytree(CHECKOUT / "municipality", folder)
    town = folder / "town.yaml"
    with running_installation(municipality=folder) as centrala:
        caller = subprocess.Popen(
            [sys.executable, "-m", "centrala", "simulate", "citizen", "--keys", "2,1,1", "--stay", "120"],
            cwd=CHECKOUT,
            env=centrala.environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: "test-" in centrala.cli("asterisk", "core show channels concise").stdout)
            before = centrala.cli("asterisk", "core show channels concise").stdout.split("!")[0]
            console = centrala.pid("console")

            good = town.read_text()
            town.write_text(good.replace("queue: operators", "queue: nobody"))
            refused = centrala.cli("reload")
            assert refused.returncode == 2
            assert "nothing was changed" in refused.stderr
            assert centrala.pid("console") == console

            line = '  - {extension: "2006", languages: [sr]}\n'
            provider = '  - {name: provider, match: ["192.0.2.10"]}\n\nqueue:'
            town.write_text(good.replace("operators:\n", "operators:\n" + line, 1).replace("\nqueue:", provider, 1))
            taken = centrala.cli("reload")
            assert taken.returncode == 0, taken.stderr

            endpoints = centrala.cli("asterisk", "pjsip show endpoints").stdout
            assert "2006" in endpoints
            assert "provider" in endpoints
            assert before in centrala.cli("asterisk", "core show channels concise").stdout
            assert caller.poll() is None
            centrala.wait_restarted("console", console)
            wait_for(lambda: centrala.cli("status").returncode == 0, timeout=60, reason="the console is back")
        finally:
            caller.terminate()
            caller.wait()
