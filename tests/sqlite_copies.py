"""Empty databases of SQLite, made once per worker and copied: to make the tables takes longer than most tests."""

import atexit
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from storage.database import Database

_made: dict[str, Path] = {}


async def created_database(folder: Path) -> Database:
    """Return a main database in `folder` with all tables."""
    return await _copy(folder, "created", Database.create_all)


async def migrated_database(folder: Path) -> Database:
    """Return a main database in `folder` that went through every migration."""
    return await _copy(folder, "migrated", Database.migrate)


async def _copy(folder: Path, kind: str, make: Callable[[Database], Awaitable[None]]) -> Database:
    if kind not in _made:
        place = Path(tempfile.mkdtemp(prefix="centrala-empty-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        database = Database(f"sqlite:///{place}/{kind}.db")
        await make(database)
        await database.close()
        assert [path.name for path in place.iterdir()] == [f"{kind}.db"], "all of it is in the one file"
        _made[kind] = place / f"{kind}.db"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_made[kind], folder / "centrala.db")
    return Database(f"sqlite:///{folder}/centrala.db")
