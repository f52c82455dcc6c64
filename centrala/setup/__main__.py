"""`python -m centrala.setup [--with-tests]`: set-up alone, without starting anything."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console

from centrala.setup import SetupError, run_setup
from centrala.setup.bundle import CHECKOUT


def main() -> int:
    """Run set-up on this checkout; 0 done, 1 failed, 2 wrong usage."""
    if not set(sys.argv[1:]) <= {"--with-tests"}:
        sys.stderr.write("usage: python -m centrala.setup [--with-tests]\n")
        return 2
    home = Path(os.environ.get("CENTRALA_HOME") or CHECKOUT / "var")
    try:
        run_setup(home, CHECKOUT / "municipality", with_tests="--with-tests" in sys.argv)
    except SetupError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        Console(stderr=True).print("Set-up stopped; the next start goes on from here.")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
