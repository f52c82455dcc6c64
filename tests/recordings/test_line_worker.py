"""The processes that seal and hear, when the console is killed: they end by themselves, and say little of it."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from recordings.month_keys import MonthKeys
from recordings.vault import open_sealed

NAME = "1795317647.0"
ASKER = """
import subprocess, sys
command = [sys.executable, "-m", "recordings.sealing_worker"]
worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(worker.pid, flush=True)
for line in sys.stdin:
    worker.stdin.write(line.encode())
    worker.stdin.flush()
    print("asked", flush=True)
"""


@pytest.fixture
def worker(tmp_path):
    """Start `python -m module` with pipes; what is left of it at the end is killed."""
    started = []

    def start(module="recordings.sealing_worker"):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen([sys.executable, "-m", module], **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def first_line(tmp_path):
    return said({"folder": str(tmp_path / "keys"), "master": (b"m" * 32).hex(), "model": str(tmp_path / "none")})


def job_line(tmp_path, make_wav):
    source = make_wav(tmp_path / "spoken.wav")
    target = tmp_path / "kept" / f"{NAME}.sealed"
    at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC).isoformat()
    return said({"recording": NAME, "started_at": at, "sources": [str(source)], "target": str(target)})


def said(words):
    return json.dumps(words).encode() + b"\n"


def end_of(process):
    """Return (exit code, what it told as lines) of a process that ends by itself."""
    code = process.wait(timeout=60)
    return code, process.stderr.read().decode().splitlines()


def test_an_answer_that_nobody_takes_ends_it_with_one_line(tmp_path, make_wav, worker):
    process = worker()
    process.stdout.close()  # as the kernel does with the pipes of a console that was killed
    process.stdin.write(first_line(tmp_path) + job_line(tmp_path, make_wav))
    process.stdin.flush()
    code, told = end_of(process)
    assert code == 0
    assert len(told) == 1, told
    assert "sealing_worker.py: whoever asked is gone" in told[0]
    sealed = open_sealed(tmp_path / "kept" / f"{NAME}.sealed", NAME, MonthKeys(tmp_path / "keys", b"m" * 32))
    assert sealed.read("sound"), "what was sealed is whole: the next console finds it"


def test_the_one_that_hears_ends_so_too(tmp_path, worker):
    process = worker("centrala.transcribing_worker")
    process.stdout.close()
    process.stdin.write(first_line(tmp_path) + said({"path": str(tmp_path / "none"), "recording": NAME}))
    process.stdin.flush()
    code, told = end_of(process)
    assert (code, len(told)) == (0, 1), told


@pytest.mark.parametrize("half", [b"", b'{"folder": "/tm', b"whole+half"])
def test_a_question_that_was_cut_off_ends_it_without_a_word(tmp_path, worker, half):
    process = worker()
    process.stdin.write(first_line(tmp_path) + b'{"recor' if half == b"whole+half" else half)
    process.stdin.close()
    assert end_of(process) == (0, [])


def test_a_console_that_is_killed_while_a_recording_is_sealed(tmp_path, make_wav):
    """Its parent dies by SIGKILL, as a console does: both pipes lose their other end at once."""
    errors = tmp_path / "errors"
    with errors.open("wb") as kept:
        asker = subprocess.Popen(
            [sys.executable, "-c", ASKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=kept
        )
    pid = int(asker.stdout.readline())
    watched = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGSTOP)  # so that its answer comes after the parent's end
        asker.stdin.write(first_line(tmp_path) + job_line(tmp_path, make_wav))
        asker.stdin.flush()
        assert [asker.stdout.readline() for _ in range(2)] == [b"asked\n"] * 2
        asker.kill()
        asker.wait(timeout=30)
        os.kill(pid, signal.SIGCONT)
        assert select.select([watched], [], [], 60)[0], "it did not end"
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(watched, signal.SIGKILL)
        os.close(watched)
    told = errors.read_text().splitlines()
    assert len(told) == 1, told
    assert "whoever asked is gone" in told[0]
    assert (tmp_path / "kept" / f"{NAME}.sealed").exists()
