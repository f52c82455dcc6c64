"""The command line's entry point: `centrala …`."""

from __future__ import annotations

import io
import sys

from centrala.command_line import run


def main() -> None:
    """Run the command and leave with its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A simulator tells what it hears while it hears it, to a pipe or a file too.
        sys.stdout.reconfigure(line_buffering=True)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
