import sys
from pathlib import Path

import pytest

from speech.espeak import Espeak


@pytest.fixture
def program(tmp_path):
    """Make an Espeak whose program is the given Python code; each start adds a line to `starts`."""

    def make(code: str) -> Espeak:
        script = tmp_path / "fake_espeak.py"
        script.write_text(f"open({str(tmp_path / 'starts')!r}, 'a').write('x')\n{code}", "utf-8")
        return Espeak((sys.executable, "-S", str(script)))

    return make


@pytest.fixture
def starts(tmp_path):
    """Return how often the program of `program` was started."""

    def count() -> int:
        path = tmp_path / "starts"
        return len(path.read_text("utf-8")) if path.exists() else 0

    return count


@pytest.fixture
def recorded(tmp_path) -> Path:
    return tmp_path / "recorded"
