"""Backup and restore of one installation. Owns what belongs into a backup and in which order it is taken.

Taken while everything runs: first the databases (SQLite's own online backup; PostgreSQL is left to `pg_dump`, and said
so), then the journal, which may hold more than the databases and is replayed after a restore; then recordings and
secrets. A restore refuses to write over an installation that runs or that has data.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from centrala.errors import CommandFailed, WrongUsage
from centrala.layout import Layout
from centrala.settings import Settings

MANIFEST = "backup.json"
FOLDERS = ("journal", "journal-spare", "mint", "spool", "notices", "photos")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in a backup: its name there, and where it lies in the installation."""

    name: str
    path: Path


def _sqlite_files(settings: Settings) -> list[Part]:
    found = []
    for name, url in (("centrala.db", settings.database_url), ("identity.db", settings.identity_url)):
        if url.startswith("sqlite"):
            found.append(Part(name, Path(url.partition(":///")[2])))
    return found


def take(settings: Settings, target: Path, say: Say) -> None:
    """Write a backup into `target`, an empty or new folder. Raises CommandFailed, WrongUsage."""
    if target.exists() and any(target.iterdir()):
        raise WrongUsage(f"{target} is not empty; give a new folder")
    layout = Layout.of(settings)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = []
    try:
        for part in _sqlite_files(settings):
            if part.path.exists():
                say(f"database {part.name}")
                _copy_database(part.path, target / part.name)
                files.append(part.name)
        for name in FOLDERS:
            if (layout.home / name).is_dir():
                say(f"folder {name}")
                shutil.copytree(layout.home / name, target / name)
                files.append(name)
        if layout.recordings.is_dir():
            say("recordings")
            copy_recordings(layout.recordings, target / "recordings")
            files.append("recordings")
        if layout.recording_keys.is_dir():  # after the recordings: none of them was sealed with a later key
            say("keys of recordings")
            shutil.copytree(layout.recording_keys, target / "recording-keys")
            files.append("recording-keys")
        for name in ("secrets.toml", "identity.key", "recordings.key", "first-login.txt"):
            if (layout.home / name).exists():
                shutil.copy2(layout.home / name, target / name)
                files.append(name)
        say("town")
        shutil.copytree(settings.municipality, target / "municipality")
        manifest = {"at": datetime.now(UTC).isoformat(), "files": files, "postgresql": _left_out(settings)}
        (target / MANIFEST).write_text(json.dumps(manifest, indent=2))
    except (OSError, sqlite3.Error) as error:
        raise CommandFailed(f"the backup in {target} is not whole: {error}; free space and take it again") from error


def copy_recordings(source: Path, target: Path) -> None:
    """Copy a folder in which sounds are being sealed: a file that goes meanwhile is there under another name.

    Twice over, because the sealed file may lie where the first round had been. Raises OSError.
    """
    for _ in range(2):
        for path in sorted(source.rglob("*")):
            goal = target / path.relative_to(source)
            if path.is_dir():
                goal.mkdir(parents=True, exist_ok=True)
            elif not goal.exists() and path.suffix != ".new":
                goal.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):
                    shutil.copy2(path, goal)


def _left_out(settings: Settings) -> list[str]:
    urls = {"database.url": settings.database_url, "identity.url": settings.identity_url}
    return [name for name, url in urls.items() if not url.startswith("sqlite")]


def _copy_database(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as reading, sqlite3.connect(target) as writing:
        reading.backup(writing)
    writing.close()
    reading.close()
    target.chmod(0o600)


def _holds_data(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.rglob("*.*")))


def put_back(settings: Settings, source: Path, say: Say) -> None:
    """Restore a backup into an installation without data. Raises CommandFailed, WrongUsage."""
    try:
        manifest = json.loads((source / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise WrongUsage(f"{source} is no whole backup: {MANIFEST} is missing or damaged") from error
    layout = Layout.of(settings)
    wanted = {part.name: part.path for part in _sqlite_files(settings)}
    targets = {
        name: layout.recordings if name == "recordings" else wanted.get(name, layout.home / name)
        for name in manifest["files"]
    }
    in_the_way = [
        str(path) for path in targets.values() if path.is_file() or (path.is_dir() and any(path.rglob("*.*")))
    ]
    if in_the_way:
        raise CommandFailed(f"{in_the_way[0]} is there already; restore into an empty CENTRALA_HOME")
    try:
        for name, path in targets.items():
            say(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            if (source / name).is_dir():
                shutil.copytree(source / name, path, dirs_exist_ok=True)
            else:
                shutil.copy2(source / name, path)
    except OSError as error:
        raise CommandFailed(f"the restore stopped: {error}; remove {layout.home} and restore again") from error
