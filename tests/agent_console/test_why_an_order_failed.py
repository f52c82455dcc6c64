"""Why an order was not taken, on the case's page in its language; technical words for a supervisor only."""

import pytest

from agent_console.pages.languages import COOKIE
from calls.ids import CaseNumber
from cases.order_reasons import OrderReason
from storage import case_repository, order_repository
from tests.agent_console.conftest import NOW
from tests.agent_console.test_cases_api import make

HTML = {"Accept": "text/html"}
OWN_WORDS = "the call was refused: 404 Not Found"
SAID = {
    "sr-Latn": ("poziv nije primljen (SIP 404)", "niko nije potvrdio", "slanje naloga"),
    "sr-Cyrl": ("позив није примљен (SIP 404)", "нико није потврдио", "слање налога"),
    "en": ("the call was not taken (SIP 404)", "nobody confirmed it", "sending of orders"),
}


@pytest.fixture
async def failed(console):
    """The number of a case whose order was refused once, and of whose second try only free words are known."""
    case = await make(console)
    order = await console.json("POST", f"/api/v1/cases/{case['number']}/orders", 201, json={}, key="order-key-1")
    number = CaseNumber(case["number"])
    async with console.deps.database.begin() as connection:
        for reason, code, words in ((OrderReason.REFUSED, 404, OWN_WORDS), (None, None, "words of an old release")):
            made = await order_repository.start_attempt(connection, order["id"], path="radio", target="sip:r", now=NOW)
            await order_repository.end_attempt(
                connection,
                order["id"],
                made.number,
                outcome="failed",
                now=NOW,
                detail=words,
                reason=reason,
                sip_code=code,
            )
        data = {
            "order": order["id"],
            "state": "failed",
            "reason": "not confirmed after 2 tries",
            "why": "not_confirmed",
        }
        await case_repository.add_event(
            connection, number, at=NOW, kind="order", actor="dispatch", data=data, source="test"
        )
    return case["number"]


async def shown_to(console, user, number, language):
    headers = HTML | {"Cookie": f"{COOKIE}={language}"}
    return await (await console.ask("GET", f"/console/cases/{number}", user=user, headers=headers)).text()


@pytest.mark.parametrize("language", SAID)
async def test_an_operator_reads_why_in_the_language_of_the_page(console, failed, language):
    shown = await shown_to(console, "ana", failed, language)
    for words in SAID[language]:
        assert words in shown
    for words in (OWN_WORDS, "words of an old release", "not_confirmed", "after 2 tries", ">dispatch<"):
        assert words not in shown


async def test_a_supervisor_reads_the_programs_own_words_too(console, failed):
    shown = await shown_to(console, "vera", failed, "sr-Latn")
    assert SAID["sr-Latn"][0] in shown
    assert OWN_WORDS in shown
    assert "words of an old release" in shown


async def test_the_api_has_both(console, failed):
    case = await console.json("GET", f"/api/v1/cases/{failed}")
    tries = case["orders"][0]["attempts"]
    assert [(one["reason"], one["sip_code"], one["detail"]) for one in tries] == [
        ("refused", 404, OWN_WORDS),
        (None, None, "words of an old release"),
    ]
