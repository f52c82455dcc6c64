"""What the story leaves behind: the order as it was heard, the recording, and a row in every store."""

from __future__ import annotations

import asyncio
import http.client
import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser

from centrala.layout import Layout
from centrala.speaker import make_speaker
from dispatch.order_script import REPLIES
from dispatch.wav_files import RATE, listen, read_wav
from tests.system.desk_browser import sign_in
from tests.system.heard_audio import HeardCall, signal, sound
from tests.system.installation import Installation
from tests.system.kept_sound import plain_sound, sealed_file
from tests.system.phones import until
from tests.system.story_desk import CITIZEN, NUMBER, OPERATOR, REPORTER


def pitch_heard(path: Path, hertz: float) -> float:
    """Return for how many seconds a tone of this pitch is the loudest thing in the recording."""
    samples = signal(read_wav(path))
    step = RATE // 10
    count = 0
    for start in range(0, len(samples) - step, step):
        part = samples[start : start + step]
        if np.sqrt((part**2).mean()) > 0.01:
            spectrum = np.abs(np.fft.rfft(part * np.hanning(step)))
            # Both may talk at once: a pitch counts when it stands well out, alone or beside the other.
            count += spectrum[round(hertz / 10)] > 0.3 * spectrum.max()
    return count / 10


async def the_order(installation: Installation, case: str) -> dict[str, Any]:
    """Return the acknowledged order; nothing of the reporter is in it."""
    wanted = "select * from orders where case_number = ? and state = 'acknowledged'"
    order = (await until(lambda: installation.rows(wanted, case), reason="the order is acknowledged"))[0]
    for secret in (REPORTER, *REPORTER.split(), NUMBER, NUMBER[1:], "kolovoz kod pijace"):
        assert secret not in order["text"]
    assert "Glavna" in order["text"]
    assert "Pukla vodovodna cev" in order["text"]
    return order


async def order_was_heard(installation: Installation, order: dict[str, Any], audio: Path) -> None:
    """Every sentence of the order was heard twice and loudly enough, the confirmation once, after both."""
    speaker = make_speaker(Layout.of(installation.settings))
    call = HeardCall(audio)
    measured = listen(audio)
    assert measured.level > -25
    lines = [line for line in order["text"].splitlines() if line.strip()]
    once = lines[: lines.index(REPLIES["sr"].again)]
    assert len(once) >= 3
    at = 0.0
    for sentence in (*once, *once):
        found = call.find(sound(await speaker.speak(sentence, "sr")), after=at)
        assert found is not None, f"{sentence!r} was not heard after {at:.1f} s"
        assert found.whole, f"{sentence!r}: {found}"
        at = found.end - 0.1
    number = ", ".join(" ".join(group) for group in grouped(order["case_number"]))
    said = sound(await speaker.speak(REPLIES["sr"].acknowledged.format(number=number), "sr"))
    confirmed = call.find(said, after=at)
    assert confirmed is not None
    assert confirmed.whole


def grouped(case: str) -> list[str]:
    return [case[:2], case[2:7], case[7:]]


async def listen_to_it(installation: Installation, opened: Browser, linkedid: str) -> None:
    """The supervisor plays it from the middle, with a purpose; the audit row is there before the first byte."""
    wanted = "select * from recordings where linkedid = ? and kind = 'call' and state = 'complete'"
    recording = (await until(lambda: installation.rows(wanted, linkedid), reason="the recording is linked"))[0]
    page, faults = await sign_in(opened, installation, "supervisor")
    await page.goto(f"{installation.console_url}/console/recordings?search={linkedid}")
    await page.click("table.list tbody a")
    assert await page.get_attribute("#audio", "src") is None, "no sound address without a purpose"
    await page.fill("#purpose", "Provera toka poziva")
    async with page.expect_response(lambda response: "/media?purpose=" in response.url) as first:
        await page.click("#purpose-form button")
    assert (await first.value).status in (200, 206)
    await page.wait_for_function("() => document.getElementById('audio').readyState >= 1")
    seconds = await page.evaluate("document.getElementById('audio').duration")
    assert abs(seconds - recording["seconds"]) < 0.5
    assert faults == []
    await asyncio.to_thread(range_with_audit, installation, recording)


def range_with_audit(installation: Installation, recording: dict[str, Any]) -> None:
    """Ask for a piece from the middle and look at the audit log before reading a byte of it."""
    path = f"/api/v1/calls/{recording['linkedid']}/recordings/{recording['id']}/media"
    before = listened(installation, recording["id"])
    sealed = sealed_file(installation, recording)
    whole = sealed.read("sound")
    middle, last = len(whole) // 2, len(whole) * 3 // 4
    host = installation.console_url.removeprefix("http://")
    headers = {"Authorization": f"Bearer {installation.accounts['supervisor'][2]}"}
    headers["Range"] = f"bytes={middle}-{last}"

    refused = http.client.HTTPConnection(host, timeout=10)
    refused.request("GET", path, headers=headers)
    answer = refused.getresponse()
    assert (answer.status, json.loads(answer.read())["error_id"]) == (400, "purpose_required")
    assert listened(installation, recording["id"]) == before

    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("GET", f"{path}?purpose=provera", headers=headers)
    answer = connection.getresponse()
    assert listened(installation, recording["id"]) == before + 1, "audited before the first byte was read"
    assert answer.status == 206
    assert answer.headers["Content-Range"].startswith(f"bytes {middle}-")
    assert answer.read() == whole[middle : last + 1]
    assert whole[:4] == b"OggS"
    file = installation.settings.recordings_directory / recording["path"]
    assert whole[:60] not in file.read_bytes(), "on the disk it is encrypted"


def listened(installation: Installation, recording: str) -> int:
    return len(installation.rows("select id from audit where action = 'recording_listened' and object = ?", recording))


async def every_record(
    installation: Installation, linkedid: str, case: str, order: dict[str, Any], folder: Path
) -> None:
    """Each store tells the same story, and who reported is in the identity store only."""
    rows = installation.rows
    call = (await until(lambda: rows("select * from calls where linkedid = ? and outcome is not null", linkedid)))[0]
    told = ("direction", "did", "caller_kind", "language", "queue", "operator", "outcome")
    assert [call[name] for name in told] == ["inbound", "311", "number", "en", "english", "2001", "operator"]
    assert call["arrived_at"] <= call["queued_at"] <= call["operator_answered_at"] <= call["ended_at"]
    steps = rows("select kind, data from call_steps where linkedid = ? order by step", linkedid)
    path = [(json.loads(step["data"]).get("node"), json.loads(step["data"]).get("keys")) for step in steps]
    assert ("language", "2") in path
    assert ("main", "2") in path
    assert steps[0]["kind"] == "call.arrived"
    legs = rows("select * from call_legs where linkedid = ?", linkedid)
    assert len(legs) == 2
    assert all(leg["ended_at"] and leg["answered_at"] for leg in legs)
    assert {leg["extension"] for leg in legs} >= {"2001"}
    assert rows("select * from missed_calls where linkedid = ?", linkedid) == []

    recording = rows("select * from recordings where linkedid = ?", linkedid)
    assert [(one["kind"], one["state"]) for one in recording] == [("call", "complete")]
    # While the two talked: before that the right lane holds what the menu said, in every pitch.
    ended, answered = (datetime.fromisoformat(call[name]) for name in ("ended_at", "operator_answered_at"))
    talked = (ended - answered).total_seconds() - 0.5
    for lane, own, other in ((0, CITIZEN, OPERATOR), (1, OPERATOR, CITIZEN)):
        side = plain_sound(installation, recording[0], folder / f"lane-{lane}.wav", lane=lane, last=talked)
        assert pitch_heard(side, own) > 2
        assert pitch_heard(side, other) < 0.5, "each voice is in its own channel"

    (stored,) = rows("select * from cases where number = ?", case)
    told = ("status", "service_code", "organisation", "street", "house_number", "linkedid", "channel", "created_by")
    expected = ["in_progress", "burst_main", "vodovod", "Glavna", "12", linkedid, "phone", "2001"]
    assert [stored[name] for name in told] == expected
    assert stored["latitude"] is not None
    (attempt,) = rows("select * from order_attempts where order_id = ?", order["id"])
    assert (attempt["path"], attempt["outcome"], attempt["keys"]) == ("radio", "acknowledged", "1")
    spoken = rows("select * from recordings where kind = 'order' and linkedid = ?", order["id"])
    assert len(spoken) == 1
    assert listen(plain_sound(installation, spoken[0], folder / "order.wav")).audible
    outbox = await until(lambda: rows("select * from outbox where kind = 'order' and state = 'delivered'"))
    assert order["id"] in outbox[0]["payload"] + outbox[0]["idempotency_key"]
    done = {row["action"] for row in rows("select action from audit")}
    assert {"sign_in", "case_created", "order_sent", "wrapup", "recording_listened"} <= done
    nothing_of_the_reporter(installation)


def nothing_of_the_reporter(installation: Installation) -> None:
    """Neither name nor number stands in the main database, in a log, or readable in the identity store."""
    home = installation.home
    main = sqlite3.connect(f"file:{home / 'centrala.db'}?mode=ro", uri=True)
    dump = "\n".join(main.iterdump())
    main.close()
    logs = "".join(path.read_text(errors="replace") for path in (home / "log").glob("*.log"))
    identity = b"".join(path.read_bytes() for path in home.glob("identity.db*"))
    for secret in (REPORTER, "Živojin", NUMBER[1:]):
        assert secret not in dump
        assert secret not in logs
        assert secret.encode() not in identity
    assert len(identity) > 0
