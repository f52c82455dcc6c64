"""What a kill between two steps left lying: plain sound beside its sealed file, half-written files. Removes only those.

A plain file goes only when a row names the sealed file, and that file is there. Must not know how sealing works.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from sqlalchemy import select

from recordings.naming import SEALED, TEXT, channel_of_side
from storage.database import Database
from storage.tables import recordings

log = logging.getLogger(__name__)


async def remove_leftovers(database: Database, folder: Path) -> int:
    """Remove them and return how many there were. Raises DatabaseDown."""
    plain = await asyncio.to_thread(_plain_files, folder)
    if not plain:
        return 0
    sealed = select(recordings.c.id, recordings.c.path).where(recordings.c.path.like(f"%{SEALED}"))
    async with database.read() as connection:
        known = {row.id: row.path for row in await connection.execute(sealed)}
    paths = set(known.values())
    return await asyncio.to_thread(_remove, folder, plain, known, paths)


def _plain_files(folder: Path) -> list[Path]:
    wanted = ("*.wav", f".*{SEALED}.*.new", f".*{TEXT}.*.new")
    return [path for pattern in wanted for path in folder.rglob(pattern)] if folder.is_dir() else []


def _remove(folder: Path, plain: list[Path], known: dict[str, str], paths: set[str]) -> int:
    count = 0
    for path in plain:
        if path.suffix != ".new":
            if path.parent.name == "incoming":
                sealed = known.get(channel_of_side(path.name))
            else:
                beside = str(path.relative_to(folder)).removesuffix(".wav") + SEALED
                sealed = beside if beside in paths else None
            if sealed is None or not (folder / sealed).is_file():
                continue
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", path.name, error)
            continue
        log.info("%s was left by a kill and is removed: it is sealed", path.name)
        count += 1
    return count
