"""How Asterisk is started, asked whether it is ready, and told to reload. Owns its command lines, not its watching."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.installation import AsteriskInstallation


class AsteriskProcessError(Exception):
    """Asterisk did not do what it was told; `str(error)` says what and where to look."""


@dataclass(frozen=True, slots=True)
class AsteriskProgram:
    """Argument lists for one configured Asterisk."""

    installation: AsteriskInstallation
    etc: Path

    @property
    def start_argv(self) -> tuple[str, ...]:
        """Foreground, without a console: its parent is the supervisor."""
        return (*self.installation.command, "-C", str(self.etc / "asterisk.conf"), "-f")

    @property
    def environment(self) -> dict[str, str]:
        """The environment to start it with: only what it needs, none of our settings or secrets."""
        return clean_environment(self.installation.env)

    def remote_argv(self, command: str) -> tuple[str, ...]:
        """Run one console command over the control socket."""
        return (*self.installation.command, "-C", str(self.etc / "asterisk.conf"), "-rx", command)

    async def console(self, command: str, *, timeout: float = 10.0) -> str:
        """Return what the console says to `command`. Raises AsteriskProcessError when nobody answers."""
        process = await asyncio.create_subprocess_exec(
            *self.remote_argv(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self.environment,
        )
        try:
            async with asyncio.timeout(timeout):
                output, _ = await process.communicate()
        except TimeoutError:
            raise AsteriskProcessError(f"Asterisk did not answer {command!r} within {timeout:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = output.decode("utf-8", "replace")
        if process.returncode != 0 or "Unable to connect to remote asterisk" in text:
            raise AsteriskProcessError(f"Asterisk does not answer: {text.strip()[:200] or 'no output'}")
        return text

    async def wait_booted(self, *, timeout: float = 30.0) -> None:
        """Return when Asterisk takes calls. Raises AsteriskProcessError after `timeout` seconds."""
        last = "it has not opened its control socket"
        try:
            async with asyncio.timeout(timeout):
                while True:
                    try:
                        # Connecting too early is refused at once; connected, the command itself waits.
                        if "fully booted" in await self.console("core waitfullybooted", timeout=timeout):
                            return
                    except AsteriskProcessError as error:
                        last = str(error)
                    await asyncio.sleep(0.1)
        except TimeoutError:
            log = self.etc.parent / "log" / "messages.log"
            raise AsteriskProcessError(
                f"Asterisk was not ready after {timeout:.0f} s ({last}); its reasons are in {log}"
            ) from None

    async def reload(self) -> None:
        """Take up changed files without dropping a call. Raises AsteriskProcessError."""
        for module in ("dialplan reload", "module reload res_pjsip.so", "queue reload all", "moh reload"):
            await self.console(module)


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return PATH, locale and time zone of this process and `extra`; settings and secrets stay behind."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ", "HOME") if name in os.environ}
    return {**kept, **extra}


STOP_SIGNAL = signal.SIGTERM
"""Ends Asterisk at once and in order: calls are hung up, recordings closed."""
