"""The programs that the test suite drives: SIP test tools, a browser, database servers.

Owns: their list and how they are installed, by apt as root, else as a private copy from the host's own release.
Must not know: the tests.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.host_archive import HOST_STATUS, host_mirror
from asterisk_conf.installation import find_tool, tools_dir, which_on_host
from asterisk_conf.private_tree import PrivateTree, make_tree, write_starter
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
    ToolForTests("linphonec", "linphone-cli", "another operator's softphone"),
    ToolForTests("chromium", "chromium", "the console in a real browser"),
    ToolForTests("initdb", "postgresql", "the same tests on PostgreSQL"),
    ToolForTests("git", "git", "what may stand in the repository"),
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
    """Write one starter per program: the host's own loader, for it is the host's own release."""
    names = (*(tool.program for tool in TEST_TOOLS), "postgres", "psql", "pg_ctl", "redis-cli")
    written = [name for name in names if write_starter(tree, name, own_loader=False, environment={})]
    if not written:
        raise InstallError(f"the packages unpacked in {tree.root} hold none of the test tools")
