"""A try by telephone: the PBX's refusals, the answer in the journal, the time limit."""

from datetime import UTC, datetime

import pytest

from calls.journal_entries import EntryKind, JournalEntry
from calls.ports import CallControlError, NotReached
from cases.ladder import AttemptOutcome
from cases.order_reasons import OrderReason
from dispatch.order_script import script_of
from dispatch.reading import AttemptResult
from dispatch.telephone_answers import journal_answers
from dispatch.telephone_path import TelephonePath
from storage.order_scripts import FileOrderScripts
from tests.dispatch.conftest import Speaker, Telephone

SCRIPT = script_of("Nalog.\nPukla cev.", "sr")


def path_of(tmp_path, telephone, answers, call_time=5.0):
    return TelephonePath(
        telephone, Speaker(tmp_path), answers, FileOrderScripts(tmp_path), call_time=call_time, poll_time=0.01
    )


async def attempt(path):
    return await path.attempt(target="PJSIP/crew", script=SCRIPT, language="sr", order="order1", number=3)


def entry(order="order1", number=3, outcome="acknowledged", step=1):
    data = {"order": order, "attempt": number, "keys": "1", "outcome": outcome}
    return JournalEntry("1700000000.1", step, EntryKind.ORDER_ANSWERED, datetime.now(UTC), 1, data)


async def test_the_answer_is_read_from_the_journal(tmp_path):
    telephone = Telephone()
    telephone.answers["PJSIP/crew"] = None
    journal = [[], [], [entry(number=2), entry(order="other"), entry(step=2)]]
    path = path_of(tmp_path, telephone, journal_answers(lambda linkedid: journal.pop(0)))
    result, linkedid = await attempt(path)
    assert (result, linkedid) == (AttemptResult(AttemptOutcome.ACKNOWLEDGED, "1"), "1700000000.1")


async def test_nobody_answers_the_telephone(tmp_path):
    result, linkedid = await attempt(path_of(tmp_path, Telephone(), None))
    assert (result.outcome, result.detail, linkedid) == (AttemptOutcome.NO_ANSWER, "nobody answered", None)
    assert result.reason is None


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (NotReached("reason 5", busy=True), OrderReason.BUSY),
        (NotReached("reason 8", fault=True), OrderReason.UNREACHABLE),
        (CallControlError("no connection to the PBX"), OrderReason.UNREACHABLE),
    ],
)
async def test_a_telephone_that_did_not_ring_says_why(tmp_path, refusal, reason):
    telephone = Telephone()
    telephone.refusal = refusal
    result, _ = await attempt(path_of(tmp_path, telephone, None))
    assert (result.outcome, result.reason, result.detail) == (AttemptOutcome.NO_ANSWER, reason, str(refusal))


async def test_a_call_without_an_answer_ends_within_the_limit_even_when_the_journal_cannot_be_read(tmp_path):
    telephone = Telephone()
    telephone.answers["PJSIP/crew"] = None

    async def broken(uniqueid, order, number):
        raise OSError("disk is gone")

    result, _ = await attempt(path_of(tmp_path, telephone, broken, call_time=0.05))
    assert result.outcome is AttemptOutcome.NO_KEY


async def test_without_a_voice_the_telephone_does_not_ring(tmp_path):
    telephone = Telephone()
    path = path_of(tmp_path, telephone, None)
    path.speaker.broken = True
    result, _ = await attempt(path)
    assert (result.outcome, result.reason, telephone.rung) == (AttemptOutcome.FAILED, OrderReason.NOT_SPOKEN, [])
