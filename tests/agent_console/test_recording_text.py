"""The text of a recording: purpose and audit first, for whoever may hear it; and why there is none."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from agent_console.recordings.text_routes import why_none
from recordings.texts import CALLER, SYSTEM, Phrase, seal_text
from storage import alarm_repository, audit_repository, recording_texts
from storage.recording_repository import Recording
from storage.recording_texts import TextState
from storage.tables import recordings
from tests.agent_console.conftest import NOW
from tests.agent_console.test_calls_api import CALL, audits
from tests.agent_console.test_recordings_api import OTHER, two  # noqa: F401  a fixture

TEXT = f"/api/v1/calls/{CALL}/recordings/rec-1/text"
SAID = [Phrase(CALLER, 0.5, 1.25, "dobar dan"), Phrase(SYSTEM, 2.0, 2.5, "<b>izvolite</b>")]


def file_of(console):
    return console.deps.recordings_dir / "calls/2026-11-22/rec-1.text"


@pytest.fixture
async def told(console, two):  # noqa: F811
    """A recording with its text."""
    seal_text(file_of(console), "rec-1", NOW, SAID, console.deps.recording_keys, NOW)
    async with console.deps.database.begin() as connection:
        await recording_texts.set_made(connection, "rec-1", "sr", NOW)


async def test_purpose_then_audit_then_text(console, told):
    refused = await console.json("GET", TEXT, 400, user="vera")
    assert refused["error_id"] == "purpose_required"
    assert await audits(console, "recording_text_read") == []
    found = await console.json("GET", TEXT, user="vera", params={"purpose": "provera pritužbe"})
    assert (found["why"], found["language"]) == ("", "sr")
    assert [(one["lane"], one["begins"], one["text"]) for one in found["phrases"]] == [
        ("caller", 0.5, "dobar dan"),
        ("system", 2.0, "<b>izvolite</b>"),
    ]
    (row,) = await audits(console, "recording_text_read")
    assert (row["actor"], row["object"], row["purpose"]) == ("vera", "rec-1", "provera pritužbe")
    assert "dobar" not in str(row["data"])
    async with console.deps.database.read() as connection:
        assert await audit_repository.first_broken_row(connection) is None


async def test_no_audit_no_text(console, told, monkeypatch):
    async def disk_full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr("agent_console.recordings.text_routes.audit_repository.append", disk_full)
    answer = await console.ask("GET", f"{TEXT}?purpose=provera", user="vera")
    assert answer.status >= 500
    assert "dobar" not in await answer.text()


async def test_it_is_read_by_whoever_may_hear_the_recording(console, told):
    path = f"{TEXT}?purpose=provera"
    for user in ("ana", "boris", "admin", "vodovod", "ekipa"):
        assert (await console.ask("GET", path, user=user)).status == 403, user
    object.__setattr__(console.deps, "operators_hear_own", True)
    assert (await console.ask("GET", path, user="ana")).status == 200
    assert (await console.ask("GET", path, user="boris")).status == 404
    assert (await console.ask("GET", path.replace(CALL, OTHER), user="vera")).status == 404
    await console.json("PUT", "/api/v1/users/vera/heard-queues", user="admin", json={"queues": ["heating"]})
    assert (await console.ask("GET", path, user="vera")).status == 404


async def test_what_was_tampered_with_is_not_shown_and_an_alarm_says_so(console, told):
    raw = file_of(console).read_bytes()
    file_of(console).write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    refused = await console.json("GET", f"{TEXT}?purpose=provera", 409, user="vera")
    assert refused["error_id"] == "recording_damaged"
    async with console.deps.database.read() as connection:
        (alarm,) = await alarm_repository.active_alarms(connection)
    assert "rec-1" in alarm.id


async def test_another_recording_s_text_is_not_shown(console, told):
    seal_text(file_of(console), "rec-2", NOW, SAID, console.deps.recording_keys, NOW)
    refused = await console.json("GET", f"{TEXT}?purpose=provera", 409, user="vera")
    assert refused["error_id"] == "recording_damaged"


async def test_a_purged_recording_has_none_and_a_lost_file_says_so(console, told):
    file_of(console).unlink()
    assert (await console.ask("GET", f"{TEXT}?purpose=provera", user="vera")).status == 404
    async with console.deps.database.begin() as connection:
        await connection.execute(update(recordings).values(state="purged"))
    refused = await console.json("GET", f"{TEXT}?purpose=provera", 410, user="vera")
    assert refused["error_id"] == "recording_gone"


async def test_without_a_model_it_is_said_and_nothing_is_audited(console, two):  # noqa: F811
    found = await console.json("GET", f"{TEXT}?purpose=provera", user="vera")
    assert (found["why"], found["phrases"]) == ("no_model", [])
    assert await audits(console, "recording_text_read") == []


RECORDING = Recording(
    id="r", linkedid="c", path="calls/r.sealed", kind="call", started_at=NOW, state="complete", seconds=5.0
)


@pytest.mark.parametrize(
    ("changes", "language", "state", "expected"),
    [
        ({}, "sr", None, "waiting"),
        ({"state": "recording"}, "sr", None, "waiting"),
        ({}, "sr", TextState("sr", failures=1), "waiting"),
        ({}, "sr", TextState("sr", failures=3), "failed"),
        ({}, "hu", None, "language"),
        ({}, None, None, "language"),
        ({"kind": "message"}, "sr", None, "kind"),
        ({"state": "damaged"}, "sr", None, "no_sound"),
        ({"state": "missing"}, "sr", None, "no_sound"),
        ({"started_at": NOW - timedelta(days=8)}, "sr", None, "old"),
    ],
)
async def test_why_there_is_none(console, changes, language, state, expected):
    deps = replace(console.deps, text_languages=("sr",))
    assert why_none(deps, replace(RECORDING, **changes), language, state) == expected
