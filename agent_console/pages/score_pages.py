"""Pages of scoring: forms and means for supervisors, own scores for operators. Owns what the pages get."""

from __future__ import annotations

import json
from typing import Final

from aiohttp import web

from agent_console.access import Permission
from agent_console.dependencies import DEPENDENCIES
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render, texts_of
from agent_console.pages.report_pages import table_shown
from agent_console.reports.shapes import Unit
from agent_console.reports.shown import shown
from agent_console.routing import Route
from agent_console.scores.routes import own_scores, report_of
from agent_console.scores.schemas import FormShape
from agent_console.scores.service import form_shape
from storage import score_form_repository


async def scores_page(request: web.Request) -> web.Response:
    """Answer with each operator's mean, the forms, and the editor of forms."""
    report = await report_of(request)
    async with request.app[DEPENDENCIES].database.read() as connection:
        forms = [form_shape(one) for one in await score_form_repository.all_current(connection)]
    values = {
        "report": report,
        "table": table_shown(report.table("scores"), report, texts_of(request)),
        "forms": [form.model_dump() | {"criteria_json": _criteria_json(form)} for form in forms],
    }
    return render(request, "scores.html", strip(request) | values)


def _criteria_json(form: FormShape) -> str:
    return json.dumps([one.model_dump() for one in form.criteria], ensure_ascii=False)


async def my_scores_page(request: web.Request) -> web.Response:
    """Answer with the sender's own scores."""
    language = texts_of(request).language
    scores = [
        {"score": one, "shown": shown(one.percent / 100, Unit.SHARE, "mean_score", language)}
        for one in await own_scores(request)
    ]
    return render(request, "scores_mine.html", strip(request) | {"scores": scores})


ROUTES: Final = (
    Route("GET", "/console/scores", scores_page, Permission.SCORES_GIVE, "Scores and forms", costly=True),
    Route("GET", "/console/scores/mine", my_scores_page, Permission.SCORES_OWN, "Own scores"),
)
