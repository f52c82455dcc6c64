"""A fake Asterisk: speaks AGI over a real socket, as the PBX does, with its oddities. Knows nothing of the product."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

TOKEN = "token-of-this-boot"

Answer = Callable[[list[str]], bytes | None]
"""From a command's words to the bytes of its reply; None: hang up the connection in mid-command."""

USAGE = b"520-Invalid command syntax.  Proper usage follows:\nUsage: NOOP\n 200 result=7\n520 End of proper usage.\n"


def header(route: str, *arguments: str, uniqueid: str = "1700000000.1", **fields: str) -> bytes:
    lines = {
        "network": "yes",
        "network_script": route,
        "request": f"agi://127.0.0.1/{route}",
        "channel": "PJSIP/test-00000001",
        "uniqueid": uniqueid,
        "callerid": "0641234567",
        "dnid": "311",
        **fields,
        **{f"arg_{number}": value for number, value in enumerate(arguments, 1)},
    }
    return "".join(f"agi_{name}: {value}\n" for name, value in lines.items()).encode("utf-8", "surrogateescape") + b"\n"


def words_of(line: str) -> list[str]:
    """Split a command as Asterisk does: blanks part words, quotes group, a backslash takes the next one as it is."""
    words: list[str] = []
    word: list[str] | None = None
    quoted = escaped = False
    for character in line:
        if escaped:
            word = [*(word or []), character]
            escaped = False
        elif character == "\\":
            word = word or []
            escaped = True
        elif character == '"':
            quoted = not quoted
            word = word or []
        elif character in " \t" and not quoted:
            if word is not None:
                words.append("".join(word))
            word = None
        else:
            word = [*(word or []), character]
    return words if word is None else [*words, "".join(word)]


def always(reply: bytes) -> Answer:
    return lambda words: reply


@dataclass
class Caller:
    """A caller who presses `keys`, one entry per question, and hangs up when they are used up (unless `patient`)."""

    keys: list[str] = field(default_factory=list)
    recorded_seconds: float = 3.0
    hangs_up_in_recording: bool = False
    patient: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    commands: list[list[str]] = field(default_factory=list)
    on_command: Callable[[list[str]], None] = lambda words: None

    def __call__(self, words: list[str]) -> bytes | None:
        self.commands.append(words)
        self.on_command(words)
        match words[:2]:
            case ["GET", "DATA"]:
                if not self.keys:
                    return b"200 result= (timeout)\n" if self.patient else None
                key = self.keys.pop(0)
                return f"200 result={key}\n".encode() if key else b"200 result= (timeout)\n"
            case ["RECORD", "FILE"]:
                with open(f"{words[2]}.{words[3]}", "wb") as file:
                    file.write(bytes(44) + bytes(int(self.recorded_seconds * 16000)))
                end = int(self.recorded_seconds * 8000)
                if self.hangs_up_in_recording:
                    return f"200 result=-1 (hangup) endpos={end}\nHANGUP\n".encode()
                return f"200 result=35 (dtmf) endpos={end}\n".encode()
            case ["SET", "VARIABLE"]:
                self.variables[words[2]] = words[3]
        return b"200 result=0\n"

    @property
    def heard(self) -> list[str]:
        """Every sound file that was played, by its path."""
        return [words[2] for words in self.commands if words[:2] in (["GET", "DATA"], ["STREAM", "FILE"])]


async def call(port: int, opening: bytes, answer: Answer, *, piece: int = 0) -> list[list[str]]:
    """Make one call; return the commands that came. `piece`: send in pieces of so many bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    commands: list[list[str]] = []
    try:
        await _send(writer, opening, piece)
        while line := await asyncio.wait_for(reader.readline(), 20):
            words = words_of(line.decode("utf-8").rstrip("\n"))
            commands.append(words)
            reply = answer(words)
            if reply is None:
                break
            await _send(writer, reply, piece)
    except ConnectionError:
        pass
    finally:
        writer.close()
    return commands


async def _send(writer: asyncio.StreamWriter, data: bytes, piece: int) -> None:
    for start in range(0, len(data), piece or len(data)):
        writer.write(data[start : start + (piece or len(data))])
        await writer.drain()
