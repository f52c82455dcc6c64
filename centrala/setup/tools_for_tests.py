"""The programs that the test suite drives: SIP test tools, a browser, database servers.

Owns: their list and how they are installed, by apt as root, else as a private copy from the host's own release.
Must not know: the tests.
"""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.host_archive import HOST_STATUS, host_mirror
from asterisk_conf.installation import STARTERS, find_tool, tools_dir, which_on_host
from asterisk_conf.private_tree import PrivateTree, make_tree
from asterisk_conf.programs import InstallError, Progress, run_program


@dataclass(frozen=True, slots=True)
class ToolForTests:
    """A program, the Debian package that holds it, and which tests need it."""

    program: str
    package: str
    why: str


TEST_TOOLS = (
    ToolForTests("sipp", "sip-tester", "calls as citizens make them"),
    ToolForTests("baresip", "baresip-core", "an operator's softphone"),
    ToolForTests("chromium", "chromium", "the console in a real browser"),
    ToolForTests("initdb", "postgresql", "the same tests on PostgreSQL"),
    ToolForTests("redis-server", "redis-server", "the event bus over Redis"),
)


def missing_tools(home: Path) -> list[ToolForTests]:
    """Return the tools that neither the host nor the private tree has."""
    return [tool for tool in TEST_TOOLS if find_tool(home, tool.program) is None]


def install_test_tools(home: Path, progress: Progress) -> None:
    """Install what is missing. Raises InstallError."""
    if os.geteuid() == 0:
        install_as_root([tool.package for tool in missing_tools(home)], progress)
        return
    # Only reached when something is missing, so a tree that is already there was made for a shorter list.
    shutil.rmtree(tools_dir(home), ignore_errors=True)
    packages = [tool.package for tool in TEST_TOOLS if which_on_host(tool.program) is None]
    mirror = host_mirror()
    make_tree(
        tools_dir(home),
        mirror=mirror,
        suites=(mirror.codename, f"{mirror.codename}-updates"),
        packages=packages,
        finish=write_starters,
        progress=progress,
        installed=HOST_STATUS,
    )


def install_as_root(packages: list[str], progress: Progress) -> None:
    """Install Debian packages from the host's archive without starting their services. Raises InstallError."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1", "LC_ALL": "C"}
    progress(0, 3, "package lists")
    run_program(["apt-get", "-q", "update"], limit_seconds=300, env=quiet)
    progress(1, 3, "installing " + " ".join(packages))
    run_program(
        ["apt-get", "-q", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", "install", *packages],
        limit_seconds=1800,
        env=quiet,
    )
    progress(3, 3, " ".join(packages) + " installed")


def write_starters(tree: PrivateTree) -> None:
    """Write one small starter per program: the host's loader, with the tree's libraries before the host's."""
    folder = tree.root / STARTERS
    folder.mkdir()
    libraries = ":".join(f"$root/{path.relative_to(tree.root)}" for path in tree.libraries)
    for name in (*(tool.program for tool in TEST_TOOLS), "postgres", "psql", "pg_ctl", "redis-cli"):
        found = tree.executable(name)
        if found is None:
            continue
        starter = folder / name
        starter.write_text(
            "#!/bin/sh\n"
            'root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)\n'
            f'export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\n'
            f'exec "$root"/{shlex.quote(str(found.relative_to(tree.root)))} "$@"\n',
            "utf-8",
        )
        starter.chmod(0o755)
    if not any(folder.iterdir()):
        raise InstallError(f"the packages unpacked in {tree.root} hold none of the test tools")
