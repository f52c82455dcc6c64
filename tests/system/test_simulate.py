"""`centrala simulate` as an administrator uses it: what each prints, what it saves, and its exit codes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from centrala.simulate.tones import write_tone
from dispatch.wav_files import RATE
from tests.free_ports import free_port_block
from tests.system.asterisk_bed import wait_for
from tests.system.heard_audio import HeardCall, likeness
from tests.system.installation import CHECKOUT, Installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


def start(installation: Installation, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "centrala", "simulate", *words],
        cwd=CHECKOUT,
        env=installation.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def tone_in(path, hertz: float) -> bool:
    what = np.sin(2 * np.pi * hertz * np.arange(RATE // 2) / RATE)
    return bool(likeness(HeardCall(path).samples, what).max() > 0.9)


def test_a_citizen_and_an_operator_hear_each_other(shared_installation, tmp_path):
    said = {
        name: write_tone(tmp_path, hertz=hertz, seconds=2.0) for name, hertz in (("caller", 500.0), ("desk", 800.0))
    }
    operator = start(
        shared_installation,
        *("operator", "2001", "--talk", "8", "--say", str(said["desk"]), "--out", str(tmp_path / "operator.wav")),
    )
    try:
        assert operator.stdout is not None
        assert "2001 is registered" in operator.stdout.readline()
        assert shared_installation.api("PUT", "/api/v1/operators/me/state", "2001", {"state": "ready"})[0] == 200
        citizen = start(
            shared_installation,
            *("citizen", "--keys", "2,0", "--from", "anonymous", "--say", str(said["caller"])),
            *("--out", str(tmp_path / "citizen.wav"), "--stay", "3"),
        )
        told, _ = citizen.communicate(timeout=60)
        operator_told, _ = operator.communicate(timeout=60)
    finally:
        operator.kill()
        shared_installation.api("PUT", "/api/v1/operators/me/state", "2001", {"state": "offline"})
    assert (citizen.returncode, operator.returncode) == (0, 0), told + operator_told
    for line in ("pressing 2", "pressing 0", "answered", "audio:"):
        assert line in told
    assert "ringing:" in operator_told
    assert "anonymous" in operator_told.lower()
    assert tone_in(tmp_path / "citizen.wav", 800.0)
    assert tone_in(tmp_path / "operator.wav", 500.0)
    call = wait_for(
        lambda: shared_installation.rows("select * from calls where outcome = 'operator'"), reason="it is on record"
    )[0]
    assert (call["caller_kind"], call["caller_token"], call["operator"]) == ("withheld", None, "2001")


def test_a_number_that_is_not_ours_is_not_answered(shared_installation, tmp_path):
    done = shared_installation.cli("simulate", "citizen", "--number", "999", "--out", str(tmp_path / "none.wav"))
    assert done.returncode == 1
    assert "not answered" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["citizen", "--keys", "1,x"], "'x' is not a key"),
        (["operator", "9999"], "9999 is no operator"),
        (["gateway", "radio-9"], "radio-9 is no radio gateway"),
        (["citizen", "--keys"], "expected one argument"),
    ],
)
def test_wrong_words_are_one_line_and_exit_code_two(shared_installation, words, said):
    done = shared_installation.cli("simulate", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_running_exchange_it_says_so(shared_installation, tmp_path):
    nobody = {**shared_installation.environment, "CENTRALA_SIP__BIND": f"127.0.0.1:{free_port_block()}"}
    done = Installation(shared_installation.home, nobody, shared_installation.process).cli(
        "simulate", "operator", "2001", "--out", str(tmp_path / "none.wav"), timeout=60
    )
    assert done.returncode == 1
    assert "does Centrala run?" in done.stderr
