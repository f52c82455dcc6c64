"""What is known of each recording. Owns rows, not audio; who may listen is the console's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import recordings
from storage.upsert import insert_or_ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One sound file. `path` is relative to the recordings folder; `seconds` is its length.

    Kinds: call, message, order, notice. States: recording, complete, repaired, partial, missing; damaged (the sealed
    file is not what was stored), purged (deleted by the rules of retention).
    """

    id: str
    linkedid: str
    path: str
    kind: str
    started_at: datetime
    state: str
    seconds: float | None = None
    bytes: int | None = None


def of_channel(uniqueid: str, linkedid: str, started_at: datetime) -> Recording:
    """Return the row of the sound that the dialplan records of a channel from its answer on."""
    path = f"calls/incoming/{uniqueid}.wav"
    return Recording(id=uniqueid, linkedid=linkedid, path=path, kind="call", started_at=started_at, state="recording")


async def add(connection: AsyncConnection, recording: Recording) -> bool:
    """Store a new recording; False when its id is known (nothing is changed)."""
    return bool(await insert_or_ignore(connection, recordings, _values(recording)))


async def add_many(connection: AsyncConnection, new: Sequence[Recording]) -> int:
    """Store new recordings and return how many were; known ones are left as they are."""
    return await insert_or_ignore(connection, recordings, [_values(recording) for recording in new])


def _values(recording: Recording) -> dict[str, Any]:
    return {name: getattr(recording, name) for name in recording.__slots__}


async def finish(
    connection: AsyncConnection,
    recording_id: str,
    *,
    state: str,
    seconds: float | None,
    size: int | None,
    path: str | None = None,
) -> bool:
    """Store how the file turned out (and where it lies now); False when the id is unknown."""
    values = {"state": state, "seconds": seconds, "bytes": size} | ({} if path is None else {"path": path})
    result = await connection.execute(update(recordings).where(recordings.c.id == recording_id).values(values))
    return result.rowcount == 1


async def set_state(connection: AsyncConnection, recording_id: str, state: str) -> bool:
    """Store a recording's state; False when the id is unknown."""
    changed = await connection.execute(update(recordings).where(recordings.c.id == recording_id).values(state=state))
    return changed.rowcount == 1


async def set_length(connection: AsyncConnection, recording_id: str, seconds: float) -> None:
    """Store how long a sound is, where that is not known yet: a fact that comes again changes nothing."""
    unknown = update(recordings).where(recordings.c.id == recording_id, recordings.c.seconds.is_(None))
    await connection.execute(unknown.values(seconds=seconds))


@dataclass(frozen=True, slots=True)
class Finished:
    """How a file turned out; None for what is not known (`path`: where it was thought to be)."""

    id: str
    state: str
    seconds: float | None
    bytes: int | None
    path: str | None


_FINISH: Final = (
    update(recordings)
    .where(recordings.c.id == bindparam("known_id"))
    .values(
        state=bindparam("new_state"),
        seconds=bindparam("new_seconds"),
        bytes=bindparam("new_bytes"),
        path=func.coalesce(bindparam("new_path", type_=Text), recordings.c.path),
    )
)


async def finish_many(connection: AsyncConnection, finished: Sequence[Finished]) -> None:
    """Store how several files turned out."""
    rows = [
        {
            "known_id": one.id,
            "new_state": one.state,
            "new_seconds": one.seconds,
            "new_bytes": one.bytes,
            "new_path": one.path,
        }
        for one in sorted(finished, key=lambda one: one.id)
    ]
    if rows:
        await connection.execute(_FINISH, rows)


async def get(connection: AsyncConnection, recording_id: str) -> Recording | None:
    """Return the recording, or None."""
    row = (await connection.execute(select(recordings).where(recordings.c.id == recording_id))).mappings().first()
    return None if row is None else Recording(**row)


async def of_call(connection: AsyncConnection, linkedid: str) -> list[Recording]:
    """Return the recordings of a call, first one first."""
    wanted = select(recordings).where(recordings.c.linkedid == linkedid).order_by(recordings.c.started_at)
    return [Recording(**row) for row in (await connection.execute(wanted)).mappings()]


async def unfinished(connection: AsyncConnection, before: datetime) -> list[Recording]:
    """Return those that still count as `recording` though they started before `before`."""
    wanted = select(recordings).where(recordings.c.state == "recording", recordings.c.started_at < before)
    return [Recording(**row) for row in (await connection.execute(wanted)).mappings()]


async def in_the_clear(connection: AsyncConnection, before: datetime, limit: int) -> list[Recording]:
    """Return finished sounds that lie unencrypted and began before `before`, newest first."""
    wanted = (
        select(recordings)
        .where(recordings.c.path.like("%.wav"), recordings.c.state.in_(("complete", "repaired", "partial")))
        .where(recordings.c.started_at < before)
        .order_by(recordings.c.started_at.desc())
        .limit(limit)
    )
    return [Recording(**row) for row in (await connection.execute(wanted)).mappings()]


async def known_paths(connection: AsyncConnection) -> set[str]:
    """Return every path that some row names: what lies in the folder beside these is recorded but unlinked."""
    return set((await connection.execute(select(recordings.c.path))).scalars())
