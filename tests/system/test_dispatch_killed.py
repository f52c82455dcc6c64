"""kill -9 of dispatch in the middle of an order, at several moments: nothing acknowledged is lost or spoken again."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calls.ids import CaseNumber
from cases.case import CaseChannel, CaseKind, NewCase
from cases.lifecycle import Status
from centrala.simulate.softphone import Softphone
from dispatch.wav_files import is_complete, listen
from storage import case_repository, order_repository, recording_repository
from storage.database import Database

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

CHECKOUT = Path(__file__).parents[2]
CASE = CaseNumber.mint(2026, 1, 41)


@asynccontextmanager
async def dispatch_process(folder, port):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(CHECKOUT / "tests/fakes/dispatch_process.py"), str(folder)),
        f"sip:dispatch@127.0.0.1:{port}",
        stdout=asyncio.subprocess.PIPE,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    try:
        while b"ready" not in await process.stdout.readline():
            assert process.returncode is None
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def set_up(folder):
    database = Database(f"sqlite:///{folder}/centrala.db")
    await database.create_all()
    now = datetime.now(UTC)
    async with database.begin() as connection:
        new = NewCase(
            number=CASE,
            pin_hash="x",
            kind=CaseKind.REQUEST,
            channel=CaseChannel.PHONE,
            owner="vodovod",
            created_by="op1",
            created_at=now,
            status=Status.ORDERED,
        )
        await case_repository.create(connection, new)
        await order_repository.create(
            connection,
            order_id="order1",
            case_number=CASE,
            organisation="vodovod",
            crew="vodovod-1",
            language="sr",
            sentences=("Nalog.", "Pukla glavna cev."),
            created_by="op1",
            now=now,
            idempotency_key="order1",
        )
    return database


async def settled(database):
    """Return the order and its attempts once it is acknowledged or failed."""
    async with asyncio.timeout(40):
        while True:
            async with database.read() as connection:
                order = await order_repository.get(connection, "order1")
                if order.state in ("acknowledged", "failed"):
                    return order, await order_repository.attempts(connection, "order1")
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("moment", ["ringing", "speaking", "speaking twice"])
async def test_killed_before_the_key_it_is_spoken_again(tmp_path, moment):
    database = await set_up(tmp_path)
    async with Softphone.started(user="dispatch") as crew:
        async with dispatch_process(tmp_path, crew.port) as process:
            call = await crew.incoming.get()
            if moment != "ringing":
                await call.answer()
                assert await call.wait_sound()
                if moment == "speaking twice":
                    await call.wait_silence(0.5, 2)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await call.do("hang_up", code=480)
        async with dispatch_process(tmp_path, crew.port):
            again = await crew.incoming.get()
            await again.answer(heard=tmp_path / "again.wav")
            assert await again.wait_sound()
            await again.keys("1")
            order, tries = await settled(database)
            assert await again.wait_ended(40)
    assert order.state == "acknowledged"
    assert [attempt.outcome for attempt in tries] == ["failed", "acknowledged"]
    assert listen(tmp_path / "again.wav").audible
    async with database.read() as connection:
        recordings = [await recording_repository.get(connection, str(a.recording)) for a in tries if a.recording]
        known = await recording_repository.known_paths(connection)
        case = await case_repository.get(connection, CASE)
    files = {str(path.relative_to(tmp_path / "recordings")) for path in (tmp_path / "recordings").rglob("*.wav")}
    assert files == known, "no audio without a record, no record without audio"
    assert recordings[-1].seconds > 0.5
    assert all(is_complete(tmp_path / "recordings" / path) for path in known)
    assert case.status is Status.IN_PROGRESS
    await database.close()


async def test_killed_after_the_key_it_is_not_spoken_again(tmp_path):
    """Killed while it says "received": the answer is on the disk."""
    database = await set_up(tmp_path)
    async with Softphone.started(user="dispatch") as crew:
        async with dispatch_process(tmp_path, crew.port) as process:
            call = await crew.incoming.get()
            await call.answer()
            assert await call.wait_sound()
            await call.keys("1")
            async with asyncio.timeout(40):
                while not list((tmp_path / "answers").glob("*.ack")):
                    await asyncio.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        async with dispatch_process(tmp_path, crew.port):
            order, tries = await settled(database)
            assert order.state == "acknowledged"
            assert [attempt.outcome for attempt in tries] == ["acknowledged"]
            # The lease of the killed process runs out, and the order is looked at once more: still no second call.
            async with asyncio.timeout(20):
                while True:
                    async with database.read() as connection:
                        rows = (await connection.exec_driver_sql("SELECT state FROM outbox")).scalars().all()
                    if rows == ["delivered"]:
                        break
                    await asyncio.sleep(0.05)
        assert crew.incoming.empty()
    await database.close()


async def test_stopped_by_a_signal_it_leaves_nothing_ringing(tmp_path):
    await (await set_up(tmp_path)).close()
    async with Softphone.started(user="dispatch") as crew, dispatch_process(tmp_path, crew.port) as process:
        call = await crew.incoming.get()
        await call.answer()
        assert await call.wait_sound()
        process.send_signal(signal.SIGINT)
        assert await call.wait_ended(40)
        async with asyncio.timeout(40):
            await process.wait()
