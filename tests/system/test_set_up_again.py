"""Set-up on a machine where it has been done: nothing to do, no network, and an Asterisk that says its version."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asterisk_conf.installation import find_asterisk
from asterisk_conf.known_holes import AsteriskVersion, why_refused
from asterisk_conf.programs import run_program

pytestmark = pytest.mark.system
CHECKOUT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("CENTRALA_HOME") or CHECKOUT / "var")


def test_set_up_done_once_needs_no_network_and_does_nothing():
    # Only root may cut the network off here; for others "nothing was said" shows that nothing was asked of it.
    alone = ["unshare", "--net"] if os.geteuid() == 0 else []
    command = [*alone, sys.executable, "-m", "centrala.setup", "--with-tests"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_the_asterisk_found_says_the_version_it_was_accepted_for():
    found = find_asterisk(HOME)
    assert found is not None
    assert why_refused(AsteriskVersion(found.version)) is None
    assert ".".join(map(str, found.version)) in run_program([*found.command, "-V"], limit_seconds=20)
    assert (found.modules_dir / "res_pjsip.so").is_file()
    assert (found.modules_dir / "app_queue.so").is_file()
    assert (found.data_dir / "static-http").is_dir()
