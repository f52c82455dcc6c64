"""Tries of orders from before reasons had a column keep their words, and get the reason that those mean."""

import re
from pathlib import Path

import pytest
from alembic import command

from cases.order_reasons import OrderReason
from storage import case_repository, order_repository
from storage.migrations import upgrade
from storage.migrations.upgrade import _config, differences, upgrade_to_head

VERSIONS = Path(upgrade.__file__).parent / "versions"
BEFORE = re.search(r'down_revision.*"(\w+)"', next(VERSIONS.glob("*_order_reasons.py")).read_text())[1]
TOLD = {
    "the call was refused: 486 Busy Here": ("busy", 486),
    "the call was refused: 603 Decline": ("declined", 603),
    "the call was refused: 404": ("refused", 404),
    "the call was refused: 408 Request Timeout": (None, 408),
    "no answer within 12 s": (None, None),
    "no answer from PJSIP/0641@trunk (reason 5)": ("busy", None),
    "no answer from PJSIP/0641@trunk (reason 3)": (None, None),
    "the order could not be spoken: espeak-ng is missing": ("not_spoken", None),
    "the sender was restarted": ("interrupted", None),
    "imported after a restart": ("told_later", None),
    "something that nobody knows any more": (None, None),
    "": (None, None),
}


@pytest.fixture
async def old_tries(database, new_case, now):
    async with database.begin() as connection:
        await case_repository.create(connection, new_case())
        await order_repository.create(
            connection,
            order_id="o1",
            case_number=new_case().number,
            organisation="vodovod",
            crew="ekipa-1",
            language="sr",
            sentences=["Nalog."],
            created_by="2003",
            now=now,
            idempotency_key="key-1",
        )
        for words in TOLD:
            made = await order_repository.start_attempt(connection, "o1", path="radio", target="sip:r", now=now)
            await order_repository.end_attempt(
                connection, "o1", made.number, outcome="failed", now=now, detail=words, reason=OrderReason.NO_WAY
            )
        await connection.run_sync(lambda one: command.downgrade(_config(one), BEFORE))


async def test_old_words_get_the_reason_that_they_mean(database, old_tries):
    async with database.begin() as connection:
        await connection.run_sync(upgrade_to_head)
        assert await connection.run_sync(differences, database.metadata) == []
        tries = await order_repository.attempts(connection, "o1")
    assert {one.detail: (one.reason, one.sip_code) for one in tries} == TOLD
    assert {one.reason for one in tries} - {None} <= set(OrderReason)
