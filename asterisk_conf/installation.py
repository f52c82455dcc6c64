"""Finding Asterisk, or installing it: the host's own, the host's archive, or a private copy that needs no root.

Owns: the order in which the three are tried and what a starter has to know of the one found.
Must not know: how Asterisk is configured, started or supervised.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asterisk_conf.host_archive import host_mirror
from asterisk_conf.known_holes import AsteriskVersion, parse_version, why_refused
from asterisk_conf.private_tree import STARTERS, PrivateTree, make_tree, open_tree, write_starter
from asterisk_conf.programs import InstallError, Progress, run_program

logger = logging.getLogger(__name__)
PRIVATE_SUITES = ("testing", "unstable")
"""Tried in this order: Debian's stable releases carry no Asterisk."""
PRIVATE_PACKAGES = ("asterisk", "asterisk-modules", "espeak-ng")
SERVICE_FOLDER = Path("/run/systemd/system")


@dataclass(frozen=True, slots=True)
class AsteriskInstallation:
    """An Asterisk that may be started: `[*command, "-C", our_asterisk_conf, …]` with `env` added to the environment."""

    version: tuple[int, ...]
    command: tuple[str, ...]
    modules_dir: Path
    data_dir: Path
    """Holds `static-http/`, `documentation/`…; its `sounds/` are not ours to use."""
    private: bool
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """A few words for tables: version and where it comes from."""
        where = "private copy" if self.private else self.command[0]
        return f"Asterisk {'.'.join(str(part) for part in self.version)} ({where})"


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that may be started: `[*argv, …]` with `env` added to the environment."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def runtime_dir(home: Path) -> Path:
    """Return the folder of private copies under `CENTRALA_HOME`."""
    return home.resolve() / "runtime"


def speech_dir(home: Path) -> Path:
    """Return the tree of the synthesiser, made only where Asterisk is the host's own but espeak-ng is missing."""
    return runtime_dir(home) / "speech"


def tools_dir(home: Path) -> Path:
    """Return the tree of test tools for a user who is not root; its `STARTERS` folder can be put on PATH."""
    return runtime_dir(home) / "tools"


def find_asterisk(home: Path) -> AsteriskInstallation | None:
    """Return the Asterisk to start: one on PATH, else the private copy; None when there is none fit to start.

    Touches no network. A version with known holes counts as absent: `refused_asterisk` says why.
    """
    for candidate, version in _candidates(home):
        if why_refused(version) is None:
            return candidate
    return None


def refused_asterisk(home: Path) -> str | None:
    """Return one line why an Asterisk that is here may not be started; None when there is no such one."""
    reasons = [reason for _, version in _candidates(home) if (reason := why_refused(version)) is not None]
    return reasons[0] if reasons else None


def install_private_asterisk(home: Path, progress: Progress) -> AsteriskInstallation:
    """Make the private copy (or find it whole) and return it. Raises InstallError with one line."""
    root = _private_root(home)
    if open_tree(root) is None:
        mirror = host_mirror()
        for suites in ((suite,) for suite in PRIVATE_SUITES):
            try:
                make_tree(
                    root,
                    mirror=mirror,
                    suites=suites,
                    packages=PRIVATE_PACKAGES,
                    finish=_finish_private,
                    progress=progress,
                )
                break
            except InstallError as error:
                if suites[0] == PRIVATE_SUITES[-1]:
                    raise
                logger.warning("%s: %s; trying %s", suites[0], error, PRIVATE_SUITES[-1])
    found = _private(home)
    if found is None:
        raise InstallError(f"the copy under {root} does not start: remove that folder and start again")
    return found[0]


def install_from_archive(progress: Progress) -> bool:
    """As root, install the host archive's Asterisk when it has one fit to start; return whether it did."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    said = run_program(["apt-cache", "policy", "asterisk"], limit_seconds=60, env={"LC_ALL": "C"})
    offered = re.search(r"Candidate: (\S+)", said)
    version = None if offered is None else parse_version(offered.group(1))
    if version is None or why_refused(version) is not None:
        return False
    progress(0, 1, f"Asterisk {version} from this system's package archive")
    run_program(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", "asterisk", "asterisk-modules"],
        limit_seconds=900,
        env={"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},  # the package's own service must not take our port
    )
    if SERVICE_FOLDER.is_dir():
        run_program(["systemctl", "disable", "--now", "asterisk"], limit_seconds=60)
    progress(1, 1, f"Asterisk {version} installed")
    return True


def find_tool(home: Path, name: str) -> Tool | None:
    """Return a program such as `espeak-ng`: the host's own, else a private copy's; None when neither has it."""
    on_path = which_on_host(name)
    if on_path is not None:
        return Tool((on_path,))
    starter = tools_dir(home) / STARTERS / name
    if starter.is_file():
        return Tool((str(starter),))
    for root in (_private_root(home), speech_dir(home)):
        tree = open_tree(root)
        argv = None if tree is None else tree.command(name)
        if tree is not None and argv is not None:
            data = _espeak_data(tree)
            return Tool(argv, {} if data is None else {"ESPEAK_DATA_PATH": str(data)})
    return None


def which_on_host(name: str) -> str | None:
    """Like `shutil.which`, but also looks where Debian keeps servers that are not on an ordinary user's PATH."""
    servers = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return shutil.which(name, path=":".join([os.environ.get("PATH", os.defpath), "/usr/sbin", *servers]))


def _private_root(home: Path) -> Path:
    return runtime_dir(home) / "asterisk"


def _espeak_data(tree: PrivateTree) -> Path | None:
    """Return the folder that holds `espeak-ng-data`: the program looks for it outside the tree otherwise."""
    found = (*sorted(tree.root.glob("usr/lib/*/espeak-ng-data")), *tree.root.glob("usr/share/espeak-ng-data"))
    return found[0].parent if found else None


def finish_with_espeak(tree: PrivateTree) -> None:
    """Write the starter of a tree's espeak-ng. Raises InstallError when it has none or cannot speak."""
    data = _espeak_data(tree)
    variables = {} if data is None else {"ESPEAK_DATA_PATH": f"$root/{data.relative_to(tree.root)}"}
    if not write_starter(tree, "espeak-ng", own_loader=True, environment=variables):
        raise InstallError(f"the packages unpacked in {tree.root} hold no espeak-ng")
    run_program([tree.root / STARTERS / "espeak-ng", "--version"], limit_seconds=20)


def _candidates(home: Path) -> list[tuple[AsteriskInstallation, AsteriskVersion]]:
    return [found for found in (_on_path(), _private(home)) if found is not None]


def _on_path() -> tuple[AsteriskInstallation, AsteriskVersion] | None:
    program = which_on_host("asterisk")
    if program is None:
        return None
    prefix = Path(program).resolve().parent.parent
    modules = [prefix / "lib/asterisk/modules", *sorted(prefix.glob("lib/*/asterisk/modules"))]
    data = [Path("/usr/share/asterisk"), prefix / "share/asterisk", Path("/var/lib/asterisk")]
    return _described(
        (program,),
        next((path for path in modules if path.is_dir()), modules[0]),
        next((path for path in data if (path / "static-http").is_dir()), data[0]),
        private=False,
    )


def _private(home: Path) -> tuple[AsteriskInstallation, AsteriskVersion] | None:
    tree = open_tree(_private_root(home))
    return None if tree is None else _in_tree(tree)


def _in_tree(tree: PrivateTree) -> tuple[AsteriskInstallation, AsteriskVersion] | None:
    command = tree.command("asterisk")
    modules = sorted(tree.root.glob("usr/lib/*/asterisk/modules"))
    if command is None or not modules:
        return None
    return _described(command, modules[0], tree.root / "usr/share/asterisk", private=True)


def _described(
    command: tuple[str, ...], modules: Path, data: Path, *, private: bool
) -> tuple[AsteriskInstallation, AsteriskVersion] | None:
    try:
        version = parse_version(run_program([*command, "-V"], limit_seconds=20))
    except InstallError:
        return None  # a program that cannot say its version cannot be started either
    if version is None:
        return None
    return AsteriskInstallation(version.numbers, command, modules, data, private), version


def _finish_private(tree: PrivateTree) -> None:
    found = _in_tree(tree)
    if found is None:
        raise InstallError(f"the Asterisk unpacked in {tree.root} does not start on this machine")
    reason = why_refused(found[1])
    if reason is not None:
        raise InstallError(reason)
    finish_with_espeak(tree)
