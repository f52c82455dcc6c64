"""A process of our own that answers a line of JSON with a line of JSON, one at a time. Owns that process's life.

It starts with the first question, is started again when it died, and ends with us: its input closes then. Must not
know what is asked.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_ROOT = str(Path(__file__).resolve().parent.parent)
_LONGEST_LINE: Final = 32 * 1024 * 1024


class LineProcessError(OSError):
    """It died, or did not answer in time or in JSON. `str(error)` says which."""


class LineProcess:
    """Call `ask` from one event loop; `close` at the end. `first` is said when it starts: what others must not read."""

    def __init__(self, module: str, first: Mapping[str, object]) -> None:
        """`module`: what `python -m` runs."""
        self._module = module
        self._first = first
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def ask(self, asked: Mapping[str, object], *, within: float) -> dict[str, object]:
        """Return the answer; `within`: seconds. Raises LineProcessError: the process was ended."""
        async with self._turn:
            try:
                async with asyncio.timeout(within):
                    return await self._answer(asked)
            except (OSError, ValueError, TimeoutError) as error:
                await self._end()
                raise LineProcessError(repr(error)) from error
            except asyncio.CancelledError:
                await self._end()  # it would answer the next one with this one's words
                raise

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return None if self._process is None else self._process.pid

    async def _answer(self, asked: Mapping[str, object]) -> dict[str, object]:
        process = self._process
        if process is None or process.returncode is not None:
            environment = os.environ | {"PYTHONPATH": os.pathsep.join([_ROOT, os.environ.get("PYTHONPATH", "")])}
            process = self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._module, stdin=PIPE, stdout=PIPE, env=environment, limit=_LONGEST_LINE
            )
            # By a pipe, not in the environment or the arguments: others can read those.
            _write(process, self._first)
        _write(process, asked)
        if process.stdin is None or process.stdout is None:
            raise LineProcessError("it has no pipe")
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line:
            raise LineProcessError("it ended")
        answer: dict[str, object] = json.loads(line)
        return answer

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


def _write(process: Process, said: Mapping[str, object]) -> None:
    if process.stdin is None:
        raise LineProcessError("it has no pipe")
    process.stdin.write(json.dumps(said).encode() + b"\n")
