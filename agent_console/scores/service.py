"""Scores for showing and giving: rows to shapes, values to a percentage. Owns the audit row of each read and change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.problems import Problem
from agent_console.reports.content import columns
from agent_console.reports.period import Period
from agent_console.reports.shapes import Report, Table, Unit, figure
from agent_console.scores.formula import mean_of_calls, percent
from agent_console.scores.schemas import CriterionShape, FormShape, MarkShape, ScoreChange, ScoreShape
from storage import audit_repository, score_repository
from storage.hearing_scope import HearingScope
from storage.score_form_repository import FormVersion
from storage.score_repository import Given, Score


async def note(request: web.Request, connection: AsyncConnection, action: str, target: str, **data: Any) -> None:  # noqa: ANN401  stored as JSON
    """Append the audit row of what the sender does."""
    actor, at = principal(request).user.username, request.app[DEPENDENCIES].clock()
    await audit_repository.append(connection, at=at, actor=actor, action=action, target=target, data=data)


def form_shape(form: FormVersion) -> FormShape:
    """Return a form for showing."""
    return FormShape(
        id=form.id,
        name=form.name,
        version=form.version,
        retired=form.retired_at is not None,
        changed_at=form.created_at,
        changed_by=form.created_by,
        criteria=[CriterionShape(**one) for one in form.criteria],
    )


def score_shape(score: Score) -> ScoreShape:
    """Return a score for showing, each criterion as it was then."""
    comments = score.comments or [""] * len(score.criteria)  # what was written went with the recording
    marks = zip(score.criteria, score.marks, comments, strict=True)
    return ScoreShape(
        recording=score.recording_id,
        form=score.form_id,
        form_name=score.form,
        marks=[MarkShape(criterion=CriterionShape(**one), value=value, comment=why) for one, value, why in marks],
        **{
            name: getattr(score, name)
            for name in ScoreShape.model_fields
            if name not in ("recording", "form", "form_name", "marks")
        },
    )


def given_of(criteria: Sequence[Any], asked: ScoreChange) -> Given:
    """Return what is stored of a filled form. Raises Problem when its values do not fit the criteria."""
    values = [one.value for one in asked.marks]
    try:
        reached = percent([CriterionShape(**one).criterion() for one in criteria], values)
    except ValueError as error:
        raise Problem(422, "invalid_field", str(error), field="marks", reason="marks_do_not_fit") from error
    return Given(values, reached, [one.comment for one in asked.marks], asked.comment)


async def score_report(deps: ConsoleDependencies, period: Period, scope: HearingScope) -> Report:
    """Return how each operator's calls of the period were scored, a row for each; without a score no mean."""
    async with deps.database.read() as connection:
        found = await score_repository.percents(connection, period.since, period.until, scope)
        names = set(await score_repository.operators(connection)) | {operator for operator, _, _ in found}
    table = Table(
        name="scores",
        columns=columns(("username", Unit.TEXT), ("scored_calls", Unit.COUNT), ("mean_score", Unit.SHARE)),
    )
    for name in sorted(names):
        calls, mean = mean_of_calls((call, value) for operator, call, value in found if operator == name)
        share = None if mean is None else round(mean / 100, 4)
        table.rows.append({"username": name, "scored_calls": calls, "mean_score": share})
    calls, mean = mean_of_calls((call, value) for _, call, value in found)
    rules = deps.report_rules
    return Report(
        name="scores",
        since=period.first,
        until=period.last,
        zone=period.zone.key,
        target_seconds=rules.target_seconds,
        short_seconds=rules.short_seconds,
        made_at=deps.clock(),
        figures=[
            figure("scored_calls", Unit.COUNT, calls),
            figure("mean_score", Unit.SHARE, None if mean is None else round(mean / 100, 4)),
        ],
        tables=[table],
        items=table.rows,
        total=len(table.rows),
    )
