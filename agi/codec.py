"""AGI on the wire, without a socket: bytes in, events out; commands in, bytes out.

Owns the grammar, its bounds and the quoting; must not know what a route does. Rules of reading:
- The connection opens with `agi_name: value` lines and an empty line. A repeated name is refused: a caller's text with
  a line end in it could otherwise pose as a header of ours.
- A reply is `200 result=… (data) name=value`, `510 …`, `511 …`, a single-line `520 …`, or `520-…` up to the next
  `520 ` line. `1xx` lines are progress and answer nothing. `HANGUP` may stand on a line of its own anywhere.
Rules of writing: every argument is quoted and stays one argument. Asterisk knows two escapes inside quotes (quote and
backslash); what no quoting can carry (line ends and other control characters, NUL) becomes a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

MOST_HEADER_BYTES: Final = 16_384
MOST_LINE_BYTES: Final = 8_192
MOST_USAGE_BYTES: Final = 65_536
MOST_COMMAND_BYTES: Final = 2_000
"""Asterisk reads a command into 2,048 bytes and would run what comes after as another one."""

_HEADER: Final = re.compile(r"^(agi_[a-z0-9_]{1,60}): ?(.*)$", re.DOTALL)
_REPLY: Final = re.compile(r"^(\d{3})(?:[ -](.*))?$", re.DOTALL)
_RESULT: Final = re.compile(r"^result=(\S*)(?: \((.*)\))?(?: endpos=(\d+))?\s*$", re.DOTALL)
_VERB: Final = re.compile(r"^[A-Z]+(?: [A-Z]+)*$")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class ProtocolViolation(ValueError):
    """The other side does not speak AGI, or says too much. The connection must be closed."""


@dataclass(frozen=True, slots=True)
class Header:
    """The opening block. `fields` has its names without `agi_`."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command. `result`, `data`, `end_position` (samples) are of a `200`; `text` is all of it."""

    code: int
    text: str
    result: str = ""
    data: str | None = None
    end_position: int | None = None


@dataclass(frozen=True, slots=True)
class HangupLine:
    """Asterisk's inline notice that the caller is gone."""


Event = Header | Reply | HangupLine


def encode_command(verb: str, *arguments: str | int) -> bytes:
    """Return one command line. Raises ValueError for a verb that is not ours and for a line that Asterisk would cut."""
    if not _VERB.match(verb):
        raise ValueError(f"not an AGI verb: {verb[:40]!r}")
    line = " ".join((verb, *(str(item) if isinstance(item, int) else _quote(item) for item in arguments)))
    data = line.encode("utf-8", "replace") + b"\n"
    if len(data) > MOST_COMMAND_BYTES:
        raise ValueError(f"the AGI command {verb} has {len(data)} bytes; Asterisk takes {MOST_COMMAND_BYTES}")
    return data


def _quote(text: str) -> str:
    clean = _CONTROL.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{clean}"'


class AgiDecoder:
    """Turns the bytes of one connection, in pieces of any size, into events. Raises ProtocolViolation, then is dead."""

    def __init__(self) -> None:
        self._buffer = b""
        self._fields: dict[str, str] | None = {}
        self._header_bytes = 0
        self._usage: list[str] | None = None
        self._usage_bytes = 0

    @property
    def header_is_complete(self) -> bool:
        """True once the opening block has been read."""
        return self._fields is None

    def feed(self, data: bytes) -> Iterator[Event]:
        """Yield the events that `data` completes."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            if end > MOST_LINE_BYTES:
                break
            line = self._buffer[:end].rstrip(b"\r").decode("utf-8", "replace")
            self._buffer = self._buffer[end + 1 :]
            event = self._header_line(line, end + 1) if self._fields is not None else self._reply_line(line)
            if event is not None:
                yield event
        if len(self._buffer) > MOST_LINE_BYTES:
            raise ProtocolViolation(f"a line of more than {MOST_LINE_BYTES} bytes")

    def _header_line(self, line: str, size: int) -> Event | None:
        fields = self._fields
        assert fields is not None  # noqa: S101 - said by the caller, for the type checker
        self._header_bytes += size
        if self._header_bytes > MOST_HEADER_BYTES:
            raise ProtocolViolation(f"a header of more than {MOST_HEADER_BYTES} bytes")
        if not line:
            if not fields:
                raise ProtocolViolation("an empty header")
            self._fields = None
            return Header(fields)
        found = _HEADER.match(line)
        if not found:
            raise ProtocolViolation("a header line that is not AGI")
        name = found[1].removeprefix("agi_")
        if name in fields:
            raise ProtocolViolation(f"the header agi_{name} comes twice")
        fields[name] = found[2]
        return None

    def _reply_line(self, line: str) -> Event | None:
        if line.strip() == "HANGUP":
            return HangupLine()
        if self._usage is not None:
            return self._usage_line(self._usage, line)
        if not line:
            return None
        found = _REPLY.match(line)
        if not found:
            raise ProtocolViolation("a reply without a code")
        code, rest = int(found[1]), found[2] or ""
        if code < 200:
            return None
        if line.startswith("520-"):
            self._usage, self._usage_bytes = [line], 0
            return None
        if code != 200:
            return Reply(code, line)
        result = _RESULT.match(rest)
        if not result:
            raise ProtocolViolation("a 200 reply without a result")
        end_position = int(result[3]) if result[3] else None
        return Reply(code, line, result[1], result[2], end_position)

    def _usage_line(self, usage: list[str], line: str) -> Reply | None:
        self._usage_bytes += len(line)
        if self._usage_bytes > MOST_USAGE_BYTES:
            raise ProtocolViolation("a usage text without end")
        usage.append(line)
        if not line.startswith("520 "):
            return None
        self._usage = None
        return Reply(520, "\n".join(usage))
