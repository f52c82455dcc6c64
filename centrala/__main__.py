"""The command line's entry point: `centrala …`."""

from __future__ import annotations

import io
import signal
import sys
from types import FrameType

from centrala.command_line import run


def main() -> None:
    """Run the command and leave with its exit code. SIGTERM ends it as Ctrl-C does: it tidies up what it started."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A simulator tells what it hears while it hears it, to a pipe or a file too.
        sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's `&` lets it be ignored
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    sys.exit(run(sys.argv[1:]))


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
