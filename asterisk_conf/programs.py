"""Running the host's own programs during set-up: time limits, one-line errors.

Owns: starting a short-lived program and turning its failure into one line. Must not know: what any program means.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done now)."""


class InstallError(Exception):
    """Something could not be installed or found. The text is one line: what, where, how to mend."""


def run_program(
    argv: Sequence[str | Path],
    *,
    limit_seconds: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run to the end and return standard output. Raises InstallError with the last line the program said."""
    name = Path(argv[0]).name
    try:
        # A fixed list of arguments, no shell: nothing here comes from a caller or the network.
        finished = subprocess.run(  # noqa: S603
            [str(part) for part in argv],
            env=None if env is None else {**os.environ, **env},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise InstallError(f"{name}: no such program on this machine; install the package that holds it") from error
    except PermissionError as error:
        raise InstallError(f"{argv[0]}: may not be executed; check its mode and the mount options") from error
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{name} did not finish within {limit_seconds:.0f} s; try again") from error
    if finished.returncode != 0:
        raise InstallError(f"{name} failed with {finished.returncode}: {_last_words(finished.stderr, finished.stdout)}")
    return finished.stdout


def _last_words(*texts: str) -> str:
    for text in texts:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        for number, line in enumerate(lines):
            if "[ERROR]" in line:  # a compiler: the place stands on the line after
                return " ".join(lines[number : number + 2])
        errors = [line for line in lines if line.startswith(("E:", "error", "ERROR", "npm ERR", "npm error"))]
        if lines:
            return " | ".join((errors or lines)[-2:])
    return "it said nothing"
