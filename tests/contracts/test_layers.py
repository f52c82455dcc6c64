import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
ROOMS = [path.parent for path in CHECKOUT.glob("*/__init__.py")]
PEERS = CHECKOUT / "centrala" / "bench" / "peers"
"""Other people's servers as they are, to be measured against ours: the benchmark must import them to do so."""
ONE_FILE_EACH = {
    "panoramisk": "ami/client.py",
    "asterisk": "agi/last_resort.py",
    "vosk": "speech/vosk_recogniser.py",
    "pjsua2": "dispatch/pjsua2_endpoint.py",
}


def sources() -> list[Path]:
    return [path for room in ROOMS for path in room.rglob("*.py")]


def test_the_layers_hold():
    script = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([script, "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("library", "home"), ONE_FILE_EACH.items())
def test_an_untyped_library_is_imported_in_one_file_only(library, home):
    users = set()
    for path in sources():
        if PEERS in path.parents:
            continue
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]) and words[1].split(".")[0] == library:
                users.add(str(path.relative_to(CHECKOUT)))
    assert users == {home}
