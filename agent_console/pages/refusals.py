"""What a refusal says to the person at a page, in the page's language. Owns the sentence and a field's name in it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from agent_console.pages.languages import LANGUAGES
from agent_console.pages.rendering import PAGES
from agent_console.pages.texts import Texts
from agent_console.problems import Problem

LABELS: Final = {
    "begins": "recordings.filter_begins",
    "before": "recordings.filter_until",
    "case": "recordings.filter_case",
    "comment": "scores.comment",
    "crew": "case_page.crew",
    "description": "case.said",
    "form": "scores.form",
    "from": "report.from",
    "hazards": "case_page.hazards",
    "house_number": "case.number",
    "month": "report.month_choose",
    "organisation": "case_page.owner",
    "outcome": "call.outcome",
    "password": "account.password_now",
    "queues": "operators.queues",
    "reporter.contact": "case.contact",
    "reporter.name": "case.name",
    "reporter.tell_by": "case.tell_by",
    "service_code": "case.kind",
    "state": "operators.state",
    "status": "case_page.change",
    "street": "case.street",
    "until": "report.until",
    "value": "scores.value",
    "weight": "scores.weight",
}
"""A field's name in the API → the text beside it on a page."""


def said_in(texts: Texts, problem: Problem) -> str:
    """Return the sentence; one about the form of a value begins with what the field is called, if pages name it."""
    reason = problem.reason or problem.error_id
    said = texts(f"problem.{reason}", **problem.extra)
    label = _label(texts, problem.field or "") if reason.startswith("field_") else ""
    return f"{label}: {said}" if label else said


def said_to_page(request: web.Request, problem: Problem) -> str:
    """Return the sentence for a script of our pages, which asks in exactly one of their languages; else nothing."""
    language = request.headers.get("Accept-Language", "")
    return said_in(request.app[PAGES].texts[language], problem) if language in LANGUAGES else ""


def _label(texts: Texts, field: str) -> str:
    if field.startswith("texts."):
        return texts.word("language", field.removeprefix("texts."))
    last = next((part for part in reversed(field.split(".")) if not part.isdigit()), "")
    key = LABELS.get(field) or LABELS.get(last)
    return texts(key) if key else ""
