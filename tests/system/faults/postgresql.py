"""A private PostgreSQL cluster that can be frozen: PostgreSQL refuses root, so root runs it as the user postgres."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.free_ports import free_port_block


def program(name: str) -> str:
    found = shutil.which(name) or next((str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    assert found, f"{name} is missing: install the package postgresql"
    return found


@dataclass(frozen=True)
class Cluster:
    """A running cluster. Each process of it is stopped and continued by its own id."""

    url: str
    data: Path

    def processes(self) -> list[int]:
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        told = subprocess.run(["pgrep", "-P", str(main)], capture_output=True, text=True, check=False)
        return [main, *map(int, told.stdout.split())]

    def freeze(self) -> None:
        for pid in self.processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self.processes():
            os.kill(pid, signal.SIGCONT)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="centrala-postgresql-"))
    as_user = []
    if os.geteuid() == 0:
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres")
    data = folder / "data"
    port = free_port_block()
    initdb = [*as_user, program("initdb"), "-D", data, "-U", "centrala", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, cwd="/")
    control = [*as_user, program("pg_ctl"), "-D", data, "-w", "-l", folder / "log"]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd="/")
    cluster = Cluster(f"postgresql://centrala@127.0.0.1:{port}/postgres", data)
    try:
        yield cluster
    finally:
        cluster.thaw()
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd="/")
        shutil.rmtree(folder)
