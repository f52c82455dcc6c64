"""The other end of `line_process`: a line of JSON in, a line of JSON out. Ends when whoever asks is gone, quietly.

Must not know what is asked. A console that is killed leaves both pipes without an end: that is no fault of the worker.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

_log = logging.getLogger(__name__)

Answer = Callable[[dict[str, Any]], dict[str, Any]]
"""Question → answer, both as JSON objects. What it raises ends the worker with a traceback."""


def serve(begin: Callable[[dict[str, Any]], Answer]) -> None:
    """Answer until the input ends. `begin` takes the first line and returns what answers the others."""
    answer: Answer | None = None
    for line in sys.stdin:
        if not line.endswith("\n"):  # it was killed while it asked
            return
        said = json.loads(line)
        if answer is None:
            answer = begin(said)
        elif not _told(answer(said)):
            return


def _told(answer: dict[str, Any]) -> bool:
    try:
        print(json.dumps(answer), flush=True)
    except BrokenPipeError:
        # Python writes once more when it ends: that must go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _log.warning("%s: whoever asked is gone, and so is this process", os.path.basename(sys.argv[0]))
        return False
    return True
