import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=["lint", "format", "types"]
)
def test_style(command):
    result = subprocess.run(
        [TOOLS / command[0], *command[1:]], cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=110
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
