"""Gathers what is known of the calls of a drill: CEL file, journal, database, folders. Reads only, judges nothing.

CEL and journal are read from their files, not from what the product made of them: that is what is being tested.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from asterisk_conf.models import Directories
from calls.cel import parse_cel_line
from calls.journal_entries import EntryKind
from centrala.drill.evidence import CaseRow, CelCall, Evidence, MissedRow, Record, SoundRow
from centrala.layout import Layout
from recordings.naming import SEALED, channel_of_side, incoming_path
from recordings.vault import TamperedError, read_header
from storage.database import Database
from storage.journal_lines import DamagedLine, decode_line, node_folders, segments_of, whole_lines
from storage.tables import calls, case_events, cases, missed_calls, recordings

_SPOOLS = ("last_resort", "dialplan")


async def collect(layout: Layout, database: Database) -> Evidence:
    """Return everything that is known now. Raises DatabaseDown, OSError."""
    cel, journal, audio, spooled = await asyncio.to_thread(_files, layout)
    async with database.read() as connection:
        records = tuple(
            Record(row.linkedid, row.outcome, row.ended_at is not None)
            for row in await connection.execute(select(calls.c.linkedid, calls.c.outcome, calls.c.ended_at))
        )
        wanted = select(case_events.c.case_number).where(case_events.c.kind == "created")
        created = Counter((await connection.execute(wanted)).scalars())
        case_rows = tuple(
            CaseRow(row.number, row.linkedid, created[row.number])
            for row in await connection.execute(select(cases.c.number, cases.c.linkedid))
        )
        missed = tuple(
            MissedRow(row.linkedid, row.closed_at is None)
            for row in await connection.execute(select(missed_calls.c.linkedid, missed_calls.c.closed_at))
        )
        columns = [recordings.c[name] for name in ("id", "linkedid", "kind", "path", "state")]
        sounds = tuple(SoundRow(*row) for row in await connection.execute(select(*columns)))
    return Evidence(cel, journal, records, case_rows, missed, sounds, audio, spooled)


def cel_calls(file: Path) -> tuple[CelCall, ...]:
    """Return the calls from the trunk, in the order of their arrival; a line that a kill tore is passed over."""
    began: dict[str, str] = {}
    answered: set[str] = set()
    try:
        text = file.read_text("utf-8", "replace")
    except FileNotFoundError:
        return ()
    for line in text.splitlines():
        try:
            row = parse_cel_line(line)
        except ValueError:
            continue
        if row.uniqueid != row.linkedid:
            continue
        if row.event == "CHAN_START" and row.context == "from-trunk":
            began[row.linkedid] = row.caller
        elif row.event == "ANSWER":
            answered.add(row.linkedid)
    return tuple(CelCall(linkedid, caller, linkedid in answered) for linkedid, caller in began.items())


def journalled_cases(folders: tuple[Path, ...]) -> dict[str, tuple[str, ...]]:
    """Return the cases of each call in the journal, whichever node wrote them."""
    found: dict[str, dict[str, None]] = {}
    for folder in folders:
        for node in node_folders(folder):
            for segment in segments_of(node):
                for _, line in whole_lines(segment.read_bytes()):
                    try:
                        entry = decode_line(line)
                    except DamagedLine:
                        continue
                    numbers = found.setdefault(entry.linkedid, {})
                    if entry.kind is EntryKind.CASE_CREATED:
                        numbers[str(entry.data.get("case"))] = None
    return {linkedid: tuple(numbers) for linkedid, numbers in found.items()}


def _sound_bytes(path: Path) -> int:
    """Return the size of a WAV file, or of the sound in a sealed one; a sealed file that is none holds nothing."""
    if path.suffix != SEALED:
        return path.stat().st_size
    try:
        header, _ = read_header(path)
    except TamperedError:
        return 0
    return sum(size for name, _, size in header["parts"] if name == "sound")


def _files(layout: Layout) -> tuple[tuple[CelCall, ...], dict[str, tuple[str, ...]], dict[str, int], tuple[str, ...]]:
    directories = Directories(home=layout.home, modules=layout.home, data=layout.home)
    audio: dict[str, int] = {}
    for path in (*layout.recordings.rglob("*.wav"), *layout.recordings.rglob(f"*{SEALED}")):
        name = str(path.relative_to(layout.recordings))
        if path.parent.name == "incoming":  # two sides, one row
            name = str(incoming_path(channel_of_side(path.name)))
        try:
            audio[name] = audio.get(name, 0) + _sound_bytes(path)
        except FileNotFoundError:  # it was brought home meanwhile: the next look finds it there
            continue
    spooled = tuple(
        str(path.relative_to(layout.home)) for name in _SPOOLS for path in (layout.spool / name).glob("*.wav")
    )
    return cel_calls(directories.cel_file), journalled_cases(layout.journals), audio, spooled
