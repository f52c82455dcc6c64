"""A drill that is asked to end in its midst: what it started ends with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from centrala.settings import CHECKOUT
from tests.system.asterisk_bed import CHECKOUT_HOME
from tests.system.installation import processes_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


def test_sigterm_ends_the_drills_installation_and_removes_its_home():
    process = subprocess.Popen(
        # As a script's `&` starts it: with SIGINT ignored.
        ["sh", "-c", 'trap "" INT; exec "$@"', "-", sys.executable, "-m", "centrala", "drill", *("--only", "0")],
        cwd=CHECKOUT,
        env=os.environ | {"CENTRALA_HOME": str(CHECKOUT_HOME), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        told = [process.stderr.readline() for _ in range(2)]
        assert "nothing at all" in told[1], "the drill has begun"
        home = Path(told[0].split()[-1])
        assert any("asterisk" in line for line in processes_of(home))
        process.terminate()
        process.communicate(timeout=120)
        assert process.returncode == 1
        assert processes_of(home) == []
        assert not home.exists()
    finally:
        process.kill()
        process.wait()
