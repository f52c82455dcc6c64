import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from centrala.supervisor import ProcessSpec, Supervisor

BEATING = (
    "import os,time\nfd=int(os.environ['CENTRALA_HEARTBEAT_FD'])\nprint('up',flush=True)\n"
    "while True:\n os.write(fd,b'.')\n time.sleep(0.05)\n"
)


async def until(condition, limit=60.0):
    async with asyncio.timeout(limit):
        while not condition():
            await asyncio.sleep(0.02)


class Running:
    def __init__(self, supervisor: Supervisor, task: asyncio.Task):
        self.supervisor, self.task = supervisor, task

    @property
    def child(self):
        return self.supervisor.states["child"]


@pytest.fixture
async def running(request, tmp_path: Path):
    """A child that beats. Only who freezes it asks for a short limit: a busy machine is silent for a moment, too."""
    freeze_limit = getattr(request, "param", 600.0)
    spec = ProcessSpec("child", [sys.executable, "-c", BEATING], stop_timeout=10.0)
    supervisor = Supervisor([spec], tmp_path / "run", tmp_path / "log", freeze_limit)
    task = asyncio.create_task(supervisor.run())
    state = Running(supervisor, task)
    await until(lambda: state.child.beat is not None)
    yield state
    supervisor.stop()
    await task


async def test_a_killed_process_is_started_again(running):
    first = running.child.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: running.child.pid not in (0, first) and running.child.beat is not None)
    assert running.child.starts == 2
    assert running.child.last_exit == "signal SIGKILL"


@pytest.mark.parametrize("running", [3.0], indirect=True)
async def test_a_frozen_process_is_killed_and_started_again(running):
    first = running.child.pid
    os.kill(first, signal.SIGSTOP)
    await until(lambda: running.child.pid not in (0, first) and running.child.beat is not None)
    assert running.child.last_exit == "signal SIGKILL"
    assert not Path(f"/proc/{first}").exists()


async def test_stop_leaves_no_process_and_no_status_file(running, tmp_path):
    pid = running.child.pid
    running.supervisor.stop()
    await running.task
    assert not Path(f"/proc/{pid}").exists()
    assert not (tmp_path / "run" / "processes.json").exists()


async def test_a_process_that_ignores_the_request_to_end_is_killed(tmp_path):
    stubborn = (
        "import signal,time\nsignal.signal(signal.SIGTERM,signal.SIG_IGN)\nprint('up',flush=True)\ntime.sleep(600)"
    )
    spec = ProcessSpec("child", [sys.executable, "-c", stubborn], heartbeat=False, stop_timeout=0.3)
    supervisor = Supervisor([spec], tmp_path / "run", tmp_path / "log", freeze_limit=5)
    task = asyncio.create_task(supervisor.run())
    await until(
        lambda: (tmp_path / "log" / "child.log").exists() and b"up" in (tmp_path / "log/child.log").read_bytes()
    )
    supervisor.stop()
    await task
    assert supervisor.states["child"].last_exit == "signal SIGKILL"


async def test_the_children_end_with_a_killed_supervisor(tmp_path):
    script = (
        "import asyncio,sys\nfrom pathlib import Path\nfrom centrala.supervisor import ProcessSpec,Supervisor\n"
        f"s=Supervisor([ProcessSpec('child',[sys.executable,'-c',{BEATING!r}])],Path({str(tmp_path)!r}),"
        f"Path({str(tmp_path)!r}),5)\nasyncio.run(s.run())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=Path(__file__).parents[2])
    await until(lambda: (tmp_path / "child.log").exists() and b"up" in (tmp_path / "child.log").read_bytes())
    import json

    pid = json.loads((tmp_path / "processes.json").read_text())["processes"][0]["pid"]
    parent.kill()
    await parent.wait()
    await until(lambda: not Path(f"/proc/{pid}").exists() or b"Z" in Path(f"/proc/{pid}/stat").read_bytes().split()[2])
    assert parent.returncode == -signal.SIGKILL
