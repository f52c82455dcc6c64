"""A refused action says why in the language of the page; a program gets English and a stable reason."""

from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from agent_console.operators.routes import ROSTER
from agent_console.pages.refusals import said_in
from agent_console.pages.texts import Texts
from agent_console.wrong_field import OTHER, REASONS, wrong_field
from tests.agent_console.test_cases_api import make

STATE = "/api/v1/operators/me/state"
STEP = {"status": "closed", "version": 1, "note": "gotovo"}
SAID = {
    "sr-Latn": "Predmet iz ovog stanja ne može tamo, ili to ne radi vaša uloga. Pogledajte predmet ponovo.",
    "sr-Cyrl": "Предмет из овог стања не може тамо, или то не ради ваша улога. Погледајте предмет поново.",
    "en": "The case cannot go there from this state, or your role may not do it. Look at the case again.",
}


async def refused(console, path, body, language=None, method="POST", status=409):
    """Send what a page's script sends, by the session of `console.sign_in`; return the problem document."""
    headers = {"X-CSRF-Token": console.csrf, "Idempotency-Key": "refused-once"} | (
        {"Accept-Language": language} if language else {}
    )
    answer = await console.client.request(method, path, json=body, headers=headers)
    assert answer.status == status, await answer.text()
    return await answer.json(content_type=None)


@pytest.mark.parametrize("language", SAID)
async def test_a_script_of_a_page_gets_the_pages_language(console, language):
    case = await make(console)
    await console.sign_in()
    problem = await refused(console, f"/api/v1/cases/{case['number']}/transitions", STEP, language)
    assert (problem["error_id"], problem["reason"]) == ("illegal_transition", "no_such_step")
    assert problem["said"] == SAID[language]
    assert "received → closed" in problem["detail"], "the detail stays English and exact"


@pytest.mark.parametrize("language", [None, "en-US,en;q=0.9", "*", "de"])
async def test_who_asks_in_no_language_of_the_pages_gets_english_only(console, language):
    case = await make(console)
    headers = {"Accept-Language": language} if language else {}
    path = f"/api/v1/cases/{case['number']}/transitions"
    problem = await console.json("POST", path, 409, key="refused-once", json=STEP, headers=headers)
    assert problem["reason"] == "no_such_step"
    assert "said" not in problem


async def test_a_session_that_is_over_is_told_so_in_the_pages_language(console):
    """Nobody is signed in any more, so the account's language is unknown: the page names its own."""
    answer = await console.ask("PUT", STATE, user=None, json={"state": "ready"}, headers={"Accept-Language": "sr-Cyrl"})
    assert (answer.status, (await answer.json(content_type=None))["said"]) == (401, "Пријавите се поново.")


async def test_a_number_and_a_name_stand_in_the_sentence(console):
    await console.sign_in()
    problem = await refused(console, STATE, {"state": "paused:x", "minutes": 1000}, "sr-Latn", "PUT", 422)
    assert (problem["reason"], problem["most"]) == ("field_too_large", 600)
    assert problem["said"] == "Broj je prevelik: najviše 600."
    body = {"description": "a" * 5001, "street": "Glavna"}
    headers = {"X-CSRF-Token": console.csrf, "Accept-Language": "sr-Cyrl", "Idempotency-Key": "too-long-1"}
    answer = await console.client.post("/api/v1/cases", json=body, headers=headers)
    problem = await answer.json(content_type=None)
    assert problem["said"] == "Опис: Највише 5000 знакова. Скратите текст."


async def test_what_the_exchange_refused_is_said_without_its_english(console):
    await console.sign_in()
    console.pbx.refuse = "unknown member"
    problem = await refused(console, STATE, {"state": "ready"}, "sr-Latn", "PUT", 502)
    assert (problem["error_id"], problem["detail"]) == ("pbx_refused", "unknown member")
    assert problem["said"].startswith("Telefonska centrala je odbila.")


async def test_a_failure_gives_the_number_to_tell(console, monkeypatch):
    async def broken(*_, **__):
        raise RuntimeError("broken")

    await console.sign_in()
    monkeypatch.setattr(console.app[ROSTER], "ask", broken)
    problem = await refused(console, STATE, {"state": "offline"}, "en", "PUT", 500)
    assert problem["reference"] in problem["said"]


async def test_a_form_without_script_is_refused_in_the_accounts_language(console):
    case = await make(console)
    csrf = await console.sign_in()
    for language in SAID:
        await console.client.post("/language", data={"csrf": csrf, "language": language}, allow_redirects=False)
        data = {"csrf": csrf, "status": "closed", "version": "1", "note": "gotovo"}
        path = f"/console/cases/{case['number']}/transitions"
        answer = await console.client.post(path, data=data, headers={"Accept": "text/html"})
        page = await answer.text()
        assert (answer.status, SAID[language] in page) == (409, True), page
        assert "→" not in page, "the English detail is for programs"


class Shape(BaseModel):
    text: str = Field("abc", min_length=2, max_length=3)
    whole: int = Field(1, ge=1, le=9)
    real: float = Field(1.0, allow_inf_nan=False)
    word: Literal["a", "b"] = "a"
    many: list[int] = Field([1], min_length=1, max_length=2)
    needed: str


MISFITS = [
    ({}, "missing"),
    ({"text": "long"}, "string_too_long"),
    ({"text": ""}, "string_too_short"),
    ({"whole": 0}, "greater_than_equal"),
    ({"whole": 10}, "less_than_equal"),
    ({"whole": []}, "int_type"),
    ({"whole": "x"}, "int_parsing"),
    ({"whole": 1.5}, "int_from_float"),
    ({"real": []}, "float_type"),
    ({"real": "x"}, "float_parsing"),
    ({"real": "nan"}, "finite_number"),
    ({"word": "c"}, "literal_error"),
    ({"many": [1, 2, 3]}, "too_long"),
    ({"many": []}, "too_short"),
]


@pytest.mark.parametrize(("given", "kind"), MISFITS)
def test_each_misfit_of_a_body_has_a_sentence(given, kind):
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(given if kind == "missing" else {"needed": "x"} | given)
    assert caught.value.errors()[0]["type"] == kind
    problem = wrong_field(caught.value)
    assert problem.reason == REASONS[kind]
    for language in ("sr", "en"):
        said = said_in(Texts(language), problem)
        assert said
        assert "{" not in said
        assert not said.startswith("problem.")


def test_every_misfit_that_has_a_reason_is_tried():
    assert {kind for _, kind in MISFITS} == set(REASONS)


def test_a_misfit_of_another_kind_is_called_wrong():
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate({"needed": 1})
    assert wrong_field(caught.value).reason == OTHER
