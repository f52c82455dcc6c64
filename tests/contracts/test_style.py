import subprocess
import sys
from pathlib import Path

import pytest

# The types of everything without a cache take a minute of a whole processor.
pytestmark = pytest.mark.timeout(600)

CHECKOUT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=["lint", "format", "types"]
)
def test_style(command):
    result = subprocess.run(
        [TOOLS / command[0], *command[1:]], cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=590
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
