import statistics
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
FORBIDDEN_NAMES = {"utils", "common", "core", "helpers", "manager", "handler", "misc", "util", "helper"}


def tracked(pattern: str) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", pattern], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return [CHECKOUT / name for name in listing.stdout.splitlines() if (CHECKOUT / name).exists()]


def lines(path: Path) -> int:
    return path.read_text().count("\n")


def test_no_module_is_longer_than_its_cap():
    too_long = {}
    for path in tracked("*.py"):
        cap = 500 if path.is_relative_to(CHECKOUT / "tests") else 400
        if lines(path) > cap:
            too_long[str(path.relative_to(CHECKOUT))] = lines(path)
    assert too_long == {}


def test_the_median_module_is_short():
    sizes = [lines(path) for path in tracked("*.py") if not path.is_relative_to(CHECKOUT / "tests") and lines(path) > 3]
    assert statistics.median(sizes) <= 90


def test_no_module_is_named_after_nothing():
    named = {
        str(path.relative_to(CHECKOUT)) for path in tracked("*.py") if FORBIDDEN_NAMES & set(path.with_suffix("").parts)
    }
    assert named == set()
