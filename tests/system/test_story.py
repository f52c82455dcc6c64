"""The purpose of the product in one walk: a citizen's call, the operator's desk, the order on the air, the recording.

Everybody is real: three softphones, a browser, a radio gateway, and all processes of an installation. At the end every
record is looked at. Beside it an order that nobody takes climbs its ladder to the alarm.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from centrala.layout import Layout
from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.softphone import PhoneCall, Softphone
from centrala.simulate.tones import write_tone
from centrala.speaker import make_speaker
from dispatch.order_script import REPLIES
from dispatch.wav_files import RATE, listen, read_wav
from tests.system.asterisk_bed import free_port_block
from tests.system.desk_browser import browser, sign_in
from tests.system.heard_audio import HeardCall, signal, sound
from tests.system.installation import CHECKOUT, Installation, running_installation
from tests.system.kept_sound import plain_sound, sealed_file

# Alone: whether each sentence of the order was whole can be judged only where nobody else takes the processor.
pytestmark = [pytest.mark.system, pytest.mark.alone, pytest.mark.timeout(240)]

CITIZEN, OPERATOR = 500.0, 800.0
"""Pitches of the two voices, in hertz."""
NUMBER = "0641234567"
REPORTER = "Živojin Probni"


async def until(what: Callable[[], Any], *, timeout: float = 20.0, reason: str = "") -> Any:
    """Return the first true value of `what()`, without holding up the phones."""
    async with asyncio.timeout(timeout):
        while not (value := await asyncio.to_thread(what)):
            await asyncio.sleep(0.1)
        return value
    raise AssertionError(reason)


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> tuple[Path, int]:
    """The sample town on a gateway port of our own; the heating's crew has a gateway that does not exist."""
    folder = tmp_path_factory.mktemp("town") / "municipality"
    shutil.copytree(CHECKOUT / "municipality", folder)
    ports = free_port_block(2)
    radio = (folder / "radio.yaml").read_text()
    assert "127.0.0.1:5080" in radio
    dead = f'  radio-2: {{name: Mrtva veza, uri: "sip:dispatch@127.0.0.1:{ports + 1}"}}\n'
    (folder / "radio.yaml").write_text(radio.replace("127.0.0.1:5080", f"127.0.0.1:{ports}").rstrip("\n") + "\n" + dead)
    crews = (folder / "crews.yaml").read_text()
    lines = [line.replace("radio-1", "radio-2") if "toplana" in line else line for line in crews.splitlines()]
    (folder / "crews.yaml").write_text("\n".join(lines) + "\n")
    return folder, ports


@pytest.fixture(scope="module")
def installation(town):
    extra = {"CENTRALA_DISPATCH__ANSWER_TIMEOUT": "3"}
    with running_installation(extra, town[0]) as running:
        yield running


async def register(phone: Softphone, installation: Installation, extension: str) -> None:
    settings = installation.settings
    password = sip_password(load_secrets(settings.home).sip_password_seed, extension)
    await phone.register(extension, password, f"sip:{settings.sip.bind}")


async def refuse_calls(phone: Softphone, refused: list[str], extension: str) -> None:
    """Be a telephone that nobody takes."""
    while True:
        call = await phone.incoming.get()
        await call.refuse()
        refused.append(extension)


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


async def test_from_the_ring_to_the_crews_acknowledgement_and_the_recording(installation, tmp_path):
    """The story; while it goes on, another order climbs its ladder to the alarm."""
    async with asyncio.TaskGroup() as group:
        group.create_task(nobody_takes_it(installation))
        await the_story(installation, tmp_path)


async def the_story(installation: Installation, tmp_path: Path) -> None:
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "centrala", "simulate", "gateway", "radio-1", "--ack", "1"),
        *("--out", str(tmp_path / "gateway.wav")),
        cwd=CHECKOUT,
        env=installation.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(browser())
        citizen = await stack.enter_async_context(Softphone.started(user="citizen"))
        operator = await stack.enter_async_context(Softphone.started(user="2001"))
        await register(operator, installation, "2001")
        desk, faults = await sign_in(opened, installation, "2001")
        await desk.click("[data-set-state=ready]")
        await expect(desk.locator("#mine[data-state=ready]")).to_be_visible()

        calling, rung = await ring(installation, desk, citizen, operator, tmp_path)
        linkedid = await answer(desk, calling, rung, tmp_path)
        case = await write_case(desk, linkedid, rung)
        heard, _ = await asyncio.wait_for(gateway.communicate(), 90)
        assert gateway.returncode == 0, heard.decode()
        assert "pressing 1" in heard.decode()
        order = await the_order(installation, case)
        await order_was_heard(installation, order, tmp_path / "gateway.wav")
        await the_timeline_says_so(desk, installation, case)

        await rung.do("hang_up")
        assert await calling.wait_ended(10)
        await wrap_up(desk, installation, linkedid)
        assert faults == []
        await listen_to_it(installation, opened, linkedid)
        await every_record(installation, linkedid, case, order, tmp_path)
    # Both were heard by each other, and both are on the recording.
    assert pitch_heard(tmp_path / "citizen.wav", OPERATOR) > 3
    assert pitch_heard(tmp_path / "operator.wav", CITIZEN) > 3


async def nobody_takes_it(installation: Installation) -> None:
    """An order goes to a dead gateway twice, to the crew's phone, to the duty phone, and ends as a loud alarm."""
    refused: list[str] = []
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(browser())
        board, faults = await sign_in(opened, installation, "supervisor")
        await board.goto(f"{installation.console_url}/console/board")
        await expect(board.locator(".alarm.critical")).to_have_count(0)
        refusing = []
        for extension in ("2004", "2005"):
            phone = await stack.enter_async_context(Softphone.started(user=extension))
            await register(phone, installation, extension)
            refusing.append(asyncio.create_task(refuse_calls(phone, refused, extension)))
        case = await post(installation, "/api/v1/cases", {"service_code": "no_heating", "street": "Kosovska"})
        order = await post(installation, f"/api/v1/cases/{case['number']}/orders", {"urgent": True})
        await expect(board.locator(".alarm.critical")).to_contain_text("nije uručen", timeout=120_000)
        await expect(board.locator(".alarm.critical")).to_contain_text(case["shown"])
        for task in refusing:
            task.cancel()
        attempts = installation.rows(
            "select path, outcome from order_attempts where order_id = ? order by number", order["id"]
        )
        assert [one["path"] for one in attempts] == ["radio", "radio", "crew_phone", "duty_phone"]
        assert all(one["outcome"] in ("no_answer", "failed") for one in attempts)
        assert refused == ["2004", "2005"], "both phones rang, the crew's first"
        assert installation.rows("select state from orders where id = ?", order["id"]) == [{"state": "failed"}]
        (stored,) = installation.rows("select status from cases where number = ?", case["number"])
        assert stored["status"] == "send_failed"
        page = await board.context.new_page()
        await page.goto(f"{installation.console_url}/console/cases/{case['number']}")
        await expect(page.locator("h1 + .state.send_failed")).to_be_visible()
        assert faults == []


async def post(installation: Installation, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post as an operator; return what was made."""
    given = {"kind": "request", "channel": "phone", **body} if path.endswith("/cases") else body
    headers = {"Idempotency-Key": f"story-{path.count('/')}-key"}
    status, made = await asyncio.to_thread(installation.api, "POST", path, "2002", given, headers)
    assert status in (200, 201, 202), made
    return dict(made)


async def ring(
    installation: Installation, desk: Page, citizen: Softphone, operator: Softphone, folder: Path
) -> tuple[PhoneCall, PhoneCall]:
    """The citizen chooses English and "report a problem"; the desk pops before the operator answers."""
    account = await citizen.account(NUMBER)
    calling = await citizen.call(f"sip:311@{installation.sip}", account=account, heard=folder / "citizen.wav")
    for key in ("2", "2"):
        assert await calling.wait_sound()
        await calling.wait_silence(0.7, 1.0)
        await calling.keys(key)
        await calling.wait_silence(0.05, 1.0)
    rung = await asyncio.wait_for(operator.incoming.get(), 40)
    await popped(desk, installation)
    assert not any(event["event"] == "answered" for event in rung.events), "popped before it was answered"
    column = desk.locator("#call-column")
    await expect(column).to_contain_text("064 123 45 67")
    await expect(column.locator(".step").first).to_be_visible()
    for what in ("2 izbor jezika", "2 glavni meni"):
        await expect(column).to_contain_text(what)
    await expect(column).to_have_attribute("data-language", "en")
    await expect(column).to_have_attribute("data-call-state", "rings")
    return calling, rung


async def popped(desk: Page, installation: Installation) -> None:
    """Wait for the pop while the phone rings; one that does not come says what the desk and the console saw."""
    try:
        await desk.wait_for_selector("html[data-pop]", timeout=12_000)
    except PlaywrightTimeout:
        state = await desk.evaluate("({...document.documentElement.dataset, ...document.body.dataset})")
        column = await desk.inner_text("#call-column")
        log = (installation.home / "log" / "console.log").read_text(errors="replace")[-3000:]
        raise AssertionError(f"no pop; desk {state}, column {column!r}, console:\n{log}") from None


async def answer(desk: Page, calling: PhoneCall, rung: PhoneCall, folder: Path) -> str:
    """Both talk; return the call's id as the desk knows it."""
    await rung.answer(heard=folder / "operator.wav")
    for call, hertz in ((calling, CITIZEN), (rung, OPERATOR)):
        await call.do("play_start", file=str(write_tone(folder, hertz=hertz, seconds=1.0)), loop=True)
    column = desk.locator("#call-column")
    await expect(column).to_have_attribute("data-call-state", "talks")
    return await column.get_attribute("data-linkedid") or ""


async def write_case(desk: Page, linkedid: str, rung: PhoneCall) -> str:
    """Fill the form while talking, reload in the middle, save with the order; return the case number."""
    await desk.select_option("#service", "burst_main")
    await expect(desk.locator("#service-answer")).to_contain_text("Vodovod")
    await expect(desk.locator("#service-answer")).to_contain_text("rok")
    await expect(desk.locator("#procedure")).to_contain_text("Poslati nalog ekipi")
    await desk.locator("#street").press_sequentially("glav", delay=30)
    await expect(desk.locator("#street-list li").first).to_contain_text("Glavna")
    await desk.press("#street", "Enter")
    await desk.fill("#house", "12")
    await desk.press("#house", "Tab")
    await expect(desk.locator("#street-answer")).to_contain_text("✓")
    await expect(desk.locator("#map path[fill-opacity='1']")).to_have_count(1)
    await desk.fill("#description", "Voda izbija na kolovoz kod pijace.")

    await desk.reload()
    await desk.wait_for_selector("html[data-live=on]")
    column = desk.locator("#call-column")
    await expect(column).to_have_attribute("data-linkedid", linkedid)
    await expect(column).to_have_attribute("data-call-state", "talks")
    await expect(desk.locator("#description")).to_have_value("Voda izbija na kolovoz kod pijace.")
    await expect(desk.locator("#street")).to_have_value("Glavna")
    assert not rung.ended, "a reload of the page changes nothing about the call"

    await desk.check("[name=who][value=tell]")
    await expect(desk.locator("#contact")).to_have_value("064 123 45 67")
    await desk.fill("[name=name]", REPORTER)
    await desk.click("#save-order")
    await expect(desk.locator("#saved")).to_be_visible()
    await expect(desk.locator("#saved-order")).to_contain_text("✓")
    assert len(await desk.inner_text("#saved-pin")) == 4
    return (await desk.inner_text("#saved-number")).replace("-", "")


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


async def the_timeline_says_so(desk: Page, installation: Installation, case: str) -> None:
    """The case's page shows the acknowledgement on the order and on the timeline."""
    page = await desk.context.new_page()
    await page.goto(f"{installation.console_url}/console/cases/{case}")
    await expect(page.locator("article.order.acknowledged")).to_have_count(1)
    await expect(page.locator("article.order")).to_contain_text("potvrđeno")
    await expect(page.locator(".timeline")).to_contain_text("u radu")
    await expect(page.locator("#map")).to_be_visible()
    await page.close()


async def wrap_up(desk: Page, installation: Installation, linkedid: str) -> None:
    """The ended call stays on the desk until it has an outcome."""
    form = desk.locator("#wrapup")
    await expect(form).to_be_visible()
    await form.locator("[value=case_opened]").check()
    await form.locator("button.main").click()
    await expect(desk.locator("#call-column .empty")).to_be_visible()


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
