"""One caller's channel as a route sees it: commands with a time limit, and hang-up as an exception.

Owns one connection's conversation; must not know routes, flows or other calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from agi.codec import HangupLine, Reply, encode_command

REPLY_MARGIN_S: Final = 5.0
"""Seconds that a reply may take beyond the length of the step itself."""


class CallerGone(Exception):
    """The caller hung up, or the connection to Asterisk ended. Handled once, by the server."""


class CommandRefused(Exception):
    """Asterisk does not know the command, or refused its arguments: a fault of ours."""


class ReplyOverdue(Exception):
    """Asterisk did not answer in the step's time: the connection is of no use any more."""


class AgiChannel:
    """Sends one command at a time. Made by the server; `fields` are the AGI header without `agi_`."""

    def __init__(
        self, transport: asyncio.Transport, fields: Mapping[str, str], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.fields = fields
        self.commands_sent = 0
        self.gone = False
        self._transport = transport
        self._loop = loop
        self._reply: asyncio.Future[Reply] | None = None

    async def command(self, verb: str, *arguments: str | int, within: float = 0.0) -> Reply:
        """Send a command and return its `200` reply. `within`: seconds that the step itself may last.

        Raises CallerGone, CommandRefused, ReplyOverdue, ValueError (a command that cannot be sent).
        """
        line = encode_command(verb, *arguments)
        if self.gone:
            raise CallerGone
        if self._reply is not None:
            raise RuntimeError("one command at a time: a route sends commands from one task only")
        self._reply = self._loop.create_future()
        limit = self._loop.call_later(within + REPLY_MARGIN_S, self._overdue, verb)
        self._transport.write(line)
        self.commands_sent += 1
        try:
            reply = await self._reply
        finally:
            limit.cancel()
            self._reply = None
        if reply.code == 511:
            self.gone = True
            raise CallerGone
        if reply.code != 200:
            raise CommandRefused(f"{verb}: {reply.text[:120]}")
        return reply

    def heard(self, event: Reply | HangupLine) -> None:
        """Take what the decoder read. A HANGUP line counts for the next command: a reply may still be under way."""
        if isinstance(event, HangupLine):
            self.gone = True
        elif self._reply is not None and not self._reply.done():
            self._reply.set_result(event)

    def lost(self) -> None:
        """The connection has ended."""
        self.gone = True
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(CallerGone())

    def _overdue(self, verb: str) -> None:
        if self._reply is not None and not self._reply.done():
            self.gone = True
            self._reply.set_exception(ReplyOverdue(f"no reply to {verb}"))
