"""The last resort: a plain AGI program that Asterisk starts itself and that takes the caller's message into a spool.

Needs no server, network, database or other file of this project: it is for the day when all of those are down. The only
file that imports pyst2. Usage, from the dialplan: `AGI(<python>,<this file>,<spool folder>,<prompts folder>)`.
It leaves `<uniqueid>.wav` and `<uniqueid>.json`; the dialplan goes on to a bare recorder when IVR_DONE stays empty.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from asterisk.agi import AGI, AGIAppError, AGIException

_UNIQUE_ID: Final = re.compile(r"^[A-Za-z0-9]{1,32}-?\d{0,12}\.\d{1,12}$")
_LANGUAGE: Final = re.compile(r"^[a-z]{2}$")
_DEFAULT_LANGUAGE: Final = "sr"
_MOST_MILLISECONDS: Final = 180_000
_SILENCE_S: Final = 6
_TRIES: Final = 2
_SHORTEST_BYTES: Final = 16_000  # a second
# The names are those of calls/channel_variables.py; written again because this file must stand alone (a test compares).
IVR_DONE: Final = "IVR_DONE"
DONE: Final = "hangup"
LANGUAGE: Final = "CENTRALA_LANGUAGE"
DID: Final = "CENTRALA_DID"


def take_message(agi: AGI, spool: Path, prompts: Path, now: datetime) -> None:
    """Record the caller's message with its note beside it. Raises OSError when the spool cannot be written."""
    note: dict[str, Any] = {
        "uniqueid": agi.env.get("agi_uniqueid", ""),
        "caller": agi.env.get("agi_callerid", "")[:200],
        "did": agi.get_variable(DID) or "",
        "language": agi.get_variable(LANGUAGE) or _DEFAULT_LANGUAGE,
        "started_at": now.isoformat(),
        "ended_at": None,
        "complete": False,
        "thanked": False,
    }
    stem = note["uniqueid"] if _UNIQUE_ID.match(note["uniqueid"]) else f"unknown.{now:%Y%m%d%H%M%S}{os.getpid()}"
    language = note["language"] if _LANGUAGE.match(note["language"]) else _DEFAULT_LANGUAGE
    note["audio"] = f"{stem}.wav"
    write_note(spool / f"{stem}.json", note)  # first: a message must not lie there without its caller
    try:
        for _ in range(_TRIES):  # a key pressed too early must not cost the message
            with suppress(AGIAppError):  # nor must a missing prompt; a hang-up shows at the recording
                agi.stream_file(prompts / language / "fallback.message")
            agi.record_file(str(spool / stem), "wav", "#", _MOST_MILLISECONDS, 0, "BEEP", _SILENCE_S)
            if not too_short(spool / f"{stem}.wav"):
                break
        note["thanked"] = True  # from here on the caller is told that we have it, however little was said
    finally:
        # Also when the caller hung up in mid-word: what was said is on the disk.
        note |= {"ended_at": datetime.now(UTC).isoformat(), "complete": True}
        write_note(spool / f"{stem}.json", note)
    agi.set_variable(IVR_DONE, DONE)
    with suppress(AGIAppError):
        agi.stream_file(prompts / language / "fallback.thanks")


def too_short(sound: Path) -> bool:
    """Say whether less than a second was recorded; no file at all: the key came before the tone had ended."""
    try:
        return sound.stat().st_size < _SHORTEST_BYTES
    except OSError:
        return True


def write_note(path: Path, note: dict[str, Any]) -> None:
    """Write the note durably: whole or not at all."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="ascii") as file:
        json.dump(note, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def main(arguments: list[str]) -> int:
    """Serve the one call on standard input and output. Returns the exit status."""
    if len(arguments) != 2:
        sys.stderr.write("usage: last_resort.py SPOOL_FOLDER PROMPTS_FOLDER\n")
        return 2
    spool, prompts = map(Path, arguments)
    # pyst2 writes every header, the caller's number among them, to the stream it is given for errors.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]  # a caller's name may be any bytes
        agi = AGI(sys.stdin, sys.stdout, nowhere)
        try:
            spool.mkdir(parents=True, exist_ok=True)
            take_message(agi, spool, prompts, datetime.now(UTC))
        except (AGIException, ValueError):
            return 0  # the caller hung up; pyst2 takes the end of the conversation for a reply that is no number
        except OSError as error:
            sys.stderr.write(f"last_resort: {error}: the bare recorder of the dialplan takes the message\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
