"""A folder of unpacked Debian packages whose programs run without being installed.

Owns: making such a tree whole or not at all, noticing a half-made one, and the command line that starts a program in
it through the tree's own loader and libraries. Must not know: what Asterisk is.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.host_archive import NOTHING_INSTALLED, Mirror, PrivateApt
from asterisk_conf.programs import InstallError, Progress

STAMP = "complete.json"
STARTERS = "start"
"""Folder in a tree with one small script per program that may be put on PATH."""


@dataclass(frozen=True, slots=True)
class PrivateTree:
    """A complete tree at `root`."""

    root: Path

    @property
    def libraries(self) -> tuple[Path, ...]:
        """Return the folders the tree's loader has to search, in order."""
        folders = sorted(path for path in self.root.glob("usr/lib/*-linux-gnu*") if path.is_dir())
        inner = [folder / name for folder in folders for name in ("pulseaudio", "blas", "lapack")]
        return (*folders, *(folder for folder in inner if folder.is_dir()))

    @property
    def loader(self) -> Path:
        """Return the tree's own program loader. Raises InstallError when the tree has none."""
        for pattern in ("usr/lib64/ld-linux-*.so.*", "usr/lib/ld-linux-*.so.*", "usr/lib/*/ld-linux-*.so.*"):
            for found in sorted(self.root.glob(pattern)):
                return found
        raise InstallError(f"{self.root} holds no program loader: remove that folder and start again")

    def executable(self, program: str) -> Path | None:
        """Return where `program` (a name such as `asterisk`) lies in the tree, None when it is not here."""
        # A package may start its program by a script with fixed paths: the program itself then lies in another folder.
        for folder in (f"usr/lib/{program}", "usr/lib/postgresql/*/bin", "usr/sbin", "usr/bin"):
            for found in sorted(self.root.glob(f"{folder}/{program}")):
                if found.is_file():
                    return found
        return None

    def command(self, program: str) -> tuple[str, ...] | None:
        """Return the argv prefix that starts `program` through the tree's own loader, None when it is not here."""
        found = self.executable(program)
        if found is None:
            return None
        libraries = ":".join(str(path) for path in self.libraries)
        return (str(self.loader), "--library-path", libraries, str(found))


def write_starter(tree: PrivateTree, program: str, *, own_loader: bool, environment: Mapping[str, str]) -> bool:
    """Write `start/<program>`, a script that can be put on PATH; False when the tree lacks the program.

    `own_loader` is for trees of another release than the host's. `$root` in a value of `environment` is the tree's
    folder, found when the starter runs, so that the tree may be moved.
    """
    found = tree.executable(program)
    if found is None:
        return False
    libraries = ":".join(f"$root/{path.relative_to(tree.root)}" for path in tree.libraries)
    target = f'"$root"/{shlex.quote(str(found.relative_to(tree.root)))}'
    variables = dict(environment)
    if own_loader:
        target = f'"$root"/{tree.loader.relative_to(tree.root)} --library-path "{libraries}" {target}'
    else:
        variables["LD_LIBRARY_PATH"] = f"{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
    lines = [
        "#!/bin/sh",
        'root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)',
        *(f'export {name}="{value}"' for name, value in variables.items()),
        f'exec {target} "$@"',
    ]
    starter = tree.root / STARTERS / program
    starter.parent.mkdir(exist_ok=True)
    starter.write_text("\n".join(lines) + "\n", "utf-8")
    starter.chmod(0o755)
    return True


def open_tree(root: Path) -> PrivateTree | None:
    """Return the tree when it was made to the end, None when it is not there or was left half-made."""
    try:
        json.loads((root / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return PrivateTree(root)


def make_tree(
    root: Path,
    *,
    mirror: Mirror,
    suites: Sequence[str],
    packages: Sequence[str],
    finish: Callable[[PrivateTree], None],
    progress: Progress,
    installed: Path = NOTHING_INSTALLED,
) -> PrivateTree:
    """Download, unpack and `finish` (which checks), then put the tree in place in one rename. Raises InstallError.

    `installed` is dpkg's status file: with the host's own, only what the host lacks is downloaded.
    An interruption leaves only `<root>.download` (taken up next time) and `<root>.making` (removed next time).
    """
    making = root.with_name(root.name + ".making")
    download = root.with_name(root.name + ".download")
    root.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(root.with_name(root.name + ".lock")):
        if (made := open_tree(root)) is not None:
            return made  # another process made it while we waited
        shutil.rmtree(making, ignore_errors=True)
        progress(0, 100, "package lists")
        apt = PrivateApt(download, mirror, suites, installed)
        apt.update()
        archives = apt.download(packages, progress)
        making.mkdir()
        _prepare_merged_folders(making)
        for number, archive in enumerate(archives, start=1):
            progress(number, len(archives), f"unpacking {archive.name.split('_')[0]}")
            _unpack(archive, making)
        _make_links_relative(making)
        tree = PrivateTree(making)
        finish(tree)
        (making / STAMP).write_text(
            json.dumps({"suites": list(suites), "packages": [archive.name for archive in archives]}, indent=1),
            "utf-8",
        )
        os.sync()  # a power cut after the rename must not leave empty files behind a complete stamp
        if root.exists():
            shutil.rmtree(root)
        making.rename(root)
        shutil.rmtree(download, ignore_errors=True)
    return PrivateTree(root)


def _unpack(archive: Path, root: Path) -> None:
    """Like `dpkg-deb --extract`, which would put a real folder in the place of a link such as `/lib`."""
    tar = ("tar", "--extract", "--file=-", f"--directory={root}", "--keep-directory-symlink", "--no-same-owner")
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as source:  # noqa: S603, S607  # fixed names, the host's own programs
        finished = subprocess.run(tar, stdin=source.stdout, capture_output=True, text=True, check=False)  # noqa: S603  # as above
    if source.returncode != 0 or finished.returncode != 0:
        reason = " ".join(finished.stderr.split()[:30]) or "the archive is damaged"
        raise InstallError(f"{archive.name} could not be unpacked: {reason}")


def _prepare_merged_folders(root: Path) -> None:
    """Let packages that still say `/lib` land where packages that say `/usr/lib` do, as on a merged system."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(Path("usr") / name)


def _make_links_relative(root: Path) -> None:
    """Links inside packages are absolute and would point into the host; make them point into the tree."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            link = Path(folder) / name
            if not link.is_symlink():
                continue
            target = link.readlink()
            inside = root / target.relative_to("/") if target.is_absolute() else target
            if target.is_absolute() and (inside.exists() or inside.is_symlink()):
                link.unlink()
                link.symlink_to(os.path.relpath(inside, link.parent))


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Hold a lock file: two starts at once must not build the same tree. The kernel frees it if we are killed."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
