import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from centrala.forked_child import ANSWER_LIMIT, ForkServer
from centrala.supervisor import ProcessSpec, Supervisor
from tests.centrala.test_supervisor import until

PROGRAM = "tests.fakes.forked_program"
MODULES = ["asyncio.subprocess", "email.message", "xml.etree.ElementTree"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def from_the_checkout(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture
def server(tmp_path):
    made = ForkServer(MODULES, tmp_path / "fork-server.log")
    made.start()
    yield made
    made.stop()


class Pipes:
    """What a child gets: a file for its output, a pipe for its heartbeat."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = (folder / "output").open("ab")
        self.beats, self.heartbeat = os.pipe()

    def given(self) -> dict[str, int]:
        return {"output": self.file.fileno(), "heartbeat": self.heartbeat}

    def said(self) -> str:
        return (self.folder / "output").read_text()

    def close(self) -> None:
        self.file.close()
        os.close(self.beats)
        os.close(self.heartbeat)


@pytest.fixture
def pipes(tmp_path):
    made = Pipes(tmp_path)
    yield made
    made.close()


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_a_child_is_ours_and_as_if_started_anew(server, pipes):
    environment = {"PATH": os.environ["PATH"], "TOWN": "Čoka"}
    child = await server.fork(PROGRAM, ["told", "a b"], environment, **pipes.given())
    assert child is not None
    assert Path(f"/proc/{child.pid}/status").read_text().split("PPid:")[1].split()[0] == str(os.getpid())
    assert await child.wait() == 0
    told = json.loads(pipes.said())
    assert told["argv"] == ["told", "a b"]
    assert told["pid"] == told["session"] == child.pid
    beat = told["environment"].pop("CENTRALA_HEARTBEAT_FD")
    assert int(beat) > 2
    assert told["environment"] == environment


@pytest.mark.parametrize("code", [0, 3])
async def test_the_exit_code_comes_back(server, pipes, code):
    child = await server.fork(PROGRAM, ["exit", str(code)], os.environ, **pipes.given())
    assert await child.wait() == code
    assert pipes.said() == "leaving\n"
    with pytest.raises(ProcessLookupError):
        child.kill()


async def test_a_child_beats_and_ends_by_signal(server, pipes):
    child = await server.fork(PROGRAM, ["beat"], os.environ, **pipes.given())
    assert await asyncio.to_thread(os.read, pipes.beats, 1) == b"."
    assert was_forked(child.pid)
    child.kill()
    assert await child.wait() == -signal.SIGKILL


async def test_children_asked_for_at_once_are_different_ones(server, pipes):
    asked = [server.fork(PROGRAM, ["beat"], os.environ, **pipes.given()) for _ in range(5)]
    children = await asyncio.gather(*asked)
    assert len({child.pid for child in children}) == 5
    for child in children:
        child.terminate()
    assert {await child.wait() for child in children} == {-signal.SIGTERM}


async def test_a_child_outlives_the_fork_server_and_the_next_has_a_new_one(server, pipes):
    child = await server.fork(PROGRAM, ["beat"], os.environ, **pipes.given())
    first = server.pid
    os.kill(first, signal.SIGKILL)
    assert await server.fork(PROGRAM, ["beat"], os.environ, **pipes.given()) is None
    assert not is_gone(child.pid)
    after = await server.fork(PROGRAM, ["exit", "4"], os.environ, **pipes.given())
    assert server.pid != first
    assert await after.wait() == 4
    child.kill()
    await child.wait()


async def test_a_frozen_fork_server_is_not_waited_for(server, pipes, monkeypatch):
    first = await server.fork(PROGRAM, ["exit", "0"], os.environ, **pipes.given())
    await first.wait()
    monkeypatch.setattr("centrala.forked_child.ANSWER_LIMIT", ANSWER_LIMIT / 10)
    frozen = server.pid
    os.kill(frozen, signal.SIGSTOP)
    assert await server.fork(PROGRAM, ["beat"], os.environ, **pipes.given()) is None
    assert is_gone(frozen)
    assert pipes.said() == "leaving\n", "nobody ran who was not told to go"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n", "a thread"),
        ("raise RuntimeError('broken')\n", "broken"),
    ],
)
async def test_what_cannot_be_forked_is_refused_with_its_reason(tmp_path, pipes, monkeypatch, body, complaint):
    (tmp_path / "unforkable.py").write_text(body)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = ForkServer(["unforkable"], tmp_path / "fork-server.log")
    server.start()
    try:
        assert await server.fork(PROGRAM, ["beat"], os.environ, **pipes.given()) is None
    finally:
        server.stop()
    assert complaint in (tmp_path / "fork-server.log").read_text()


@asynccontextmanager
async def supervised(tmp_path, server):
    slow = [sys.executable, "-m", PROGRAM, "beat"]
    supervisor = Supervisor(
        [ProcessSpec("child", slow, stop_timeout=10.0, fork=[PROGRAM, "beat"])], tmp_path, tmp_path, 600.0, server
    )
    task = asyncio.create_task(supervisor.run())
    child = supervisor.states["child"]
    await until(lambda: child.beat is not None)
    yield child
    supervisor.stop()
    await task
    assert is_gone(child.pid)


def was_forked(pid: int) -> bool:
    """The title of a forked process is one string, the arguments of a started one are several."""
    return PROGRAM.encode() + b" beat" in Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_a_killed_service_comes_back_with_and_without_a_fork_server(tmp_path, server):
    async with supervised(tmp_path, server) as child:
        pids = [child.pid]
        for kill_server in (False, True):
            if kill_server:
                os.kill(server.pid, signal.SIGKILL)
            os.kill(child.pid, signal.SIGKILL)
            await until(lambda: child.pid not in (0, *pids) and child.beat is not None)
            pids.append(child.pid)
            assert child.last_exit == "signal SIGKILL"
            assert was_forked(child.pid) == (not kill_server)
    assert child.starts == 3


async def test_forked_children_end_with_a_killed_supervisor_even_without_the_fork_server(tmp_path):
    script = (
        "import asyncio,os,sys\nfrom pathlib import Path\nfrom centrala.forked_child import ForkServer\n"
        "from centrala.supervisor import ProcessSpec,Supervisor\n"
        f"f=Path({str(tmp_path)!r})\ns=ForkServer({MODULES!r},f/'fork-server.log')\ns.start()\n"
        "print(s.pid,flush=True)\n"
        f"u=Supervisor([ProcessSpec('child',['false'],fork=[{PROGRAM!r},'beat'])],f,f,600,s)\nasyncio.run(u.run())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    server_pid = int(await parent.stdout.readline())
    await until(lambda: (tmp_path / "child.log").exists() and b"up" in (tmp_path / "child.log").read_bytes())
    pid = json.loads((tmp_path / "processes.json").read_text())["processes"][0]["pid"]
    os.kill(server_pid, signal.SIGKILL)
    await until(lambda: is_gone(server_pid))
    assert not is_gone(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: is_gone(pid))
