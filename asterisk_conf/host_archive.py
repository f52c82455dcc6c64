"""The host's own package archive, used without root: where its mirror is, and downloading from any of its suites.

Owns: an `apt` whose state lies in a folder of ours, so that nothing of the host is changed and no root is needed.
Must not know: what is downloaded or what becomes of it. No mirror address is written here: it is read from the host.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.programs import InstallError, Progress, run_program

logger = logging.getLogger(__name__)
NOTHING_INSTALLED = Path("/dev/null")
HOST_STATUS = Path("/var/lib/dpkg/status")
OS_RELEASE = Path("/etc/os-release")
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where the host takes its packages from: address, the release it runs, its dpkg architecture."""

    site: str
    codename: str
    architecture: str


def host_mirror(os_release: Path = OS_RELEASE) -> Mirror:
    """Read the main mirror from the host's apt configuration. Raises InstallError when the host has no apt."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise InstallError("this system has no apt-get: install Asterisk 20 or newer yourself and put it on PATH")
    named = re.search(r"^VERSION_CODENAME=\"?([\w-]+)", os_release.read_text("utf-8"), re.MULTILINE)
    codename = named.group(1) if named else ""
    wanted = "$(SITE) $(RELEASE) $(COMPONENT) $(ARCHITECTURE)"
    listed = run_program(
        ["apt-get", "indextargets", "--format", wanted, "Identifier: Packages"],
        limit_seconds=60,
    )
    rows = [fields for line in listed.splitlines() if len(fields := line.split(" ")) == 4]
    for site, release, component, architecture in rows:
        if component == "main" and release in {codename, "stable", "oldstable", "testing", "unstable", "sid"}:
            return Mirror(site, codename or release, architecture)
    raise InstallError(
        f"apt knows no mirror of '{codename}' main: add one to /etc/apt/sources.list and start again",
    )


class PrivateApt:
    """An apt with its own state under `folder`; the host's proxy, certificate and password settings still hold."""

    def __init__(self, folder: Path, mirror: Mirror, suites: Sequence[str], installed: Path) -> None:
        """`suites` are suites of that mirror, such as `testing`; `installed` is a dpkg status file."""
        self._folder = folder
        self._settings = folder / "apt.conf"
        for part in ("state/lists/partial", "cache/archives/partial", "etc", "log"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        keyring = next((path for path in KEYRINGS if path.exists()), None)
        signed_by = f"[signed-by={keyring}] " if keyring else ""
        sources = "".join(f"deb {signed_by}{mirror.site} {suite} main\n" for suite in suites)
        (folder / "etc/sources.list").write_text(sources, "utf-8")
        self._settings.write_text(self._settings_text(mirror.architecture, installed), "utf-8")

    def _settings_text(self, architecture: str, installed: Path) -> str:
        host = run_program(["apt-config", "dump", "Acquire"], limit_seconds=30)
        ours = {
            "Dir::State": self._folder / "state",
            "Dir::State::status": installed,
            "Dir::Cache": self._folder / "cache",
            "Dir::Log": self._folder / "log",
            "Dir::Etc::sourcelist": self._folder / "etc/sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::parts": "/dev/null",  # the host's hooks after an update are not ours to run
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Debug::NoLocking": "1",
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Sandbox::User": "root",  # as root, apt would drop to a user who cannot write into our folder
            "APT::Install-Recommends": "0",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        return host + "".join(f'{name} "{value}";\n' for name, value in ours.items())

    def _argv(self, *arguments: str) -> list[str]:
        return ["apt-get", "-q", *arguments]

    @property
    def _env(self) -> dict[str, str]:
        return {"APT_CONFIG": str(self._settings), "LC_ALL": "C"}

    def update(self) -> None:
        """Fetch the signed package lists. Raises InstallError (no network, bad signature, no such suite).

        Lists past their date are taken with a warning: closed networks have mirrors that are brought up to date by
        hand. The signature still holds, and what an old list could smuggle in, an Asterisk with known holes, is
        refused by its version.
        """
        try:
            self._update()
        except InstallError as error:
            if "is expired" not in str(error):
                raise
            logger.warning("the mirror's package lists are past their date; their signature is good, going on")
            self._update("-o", "Acquire::Check-Valid-Until=false")

    def _update(self, *options: str) -> None:
        argv = self._argv("-o", "APT::Update::Error-Mode=any", *options, "update")
        run_program(argv, limit_seconds=300, env=self._env)

    def candidate(self, package: str) -> str | None:
        """Return the version that would be taken, None when these suites do not have the package."""
        said = run_program(["apt-cache", "policy", package], limit_seconds=60, env=self._env)
        found = re.search(r"Candidate: (\S+)", said)
        return None if found is None or found.group(1) == "(none)" else found.group(1)

    def download(self, packages: Sequence[str], progress: Progress) -> list[Path]:
        """Download the packages and all they depend on; return the archives. An interrupted download is taken up."""
        argv = self._argv("-y", "--download-only", "-o", "APT::Status-Fd=2", "install", *packages)
        environment = {**os.environ, **self._env}
        # Package names are constants of ours; no shell.
        with subprocess.Popen(  # noqa: S603
            argv,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as apt:
            assert apt.stderr is not None  # noqa: S101  # PIPE was asked for
            errors: list[str] = []
            for line in apt.stderr:
                status = re.match(r"dlstatus:[^:]*:([\d.]+):(.*)", line)
                if status is not None:
                    progress(int(float(status.group(1))), 100, status.group(2).strip())
                elif line.startswith("E:"):
                    errors.append(line.strip())
        if apt.returncode != 0:
            raise InstallError(f"apt-get could not download {packages[0]}: {' | '.join(errors[-2:]) or 'no reason'}")
        return sorted((self._folder / "cache/archives").glob("*.deb"))
