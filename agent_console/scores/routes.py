"""Scores over HTTP: give, change, read, answer. Owns the addresses and that each act is in the audit log.

Whoever scores a recording has listened to it, with a purpose: the audit log must say so first. Recordings outside the
sender's scope have no scores; operators see their own, and nobody else's.
"""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.schemas import Done
from agent_console.dependencies import DEPENDENCIES
from agent_console.pages.rendering import texts_of
from agent_console.problems import Problem, not_found
from agent_console.recordings.access import recording_of, scope_of
from agent_console.reports.routes import QUERY, in_form, period_of, with_definitions
from agent_console.reports.shapes import Report
from agent_console.routing import Route, json_answer, read_body
from agent_console.scores.schemas import NewScore, Remark, ScoreChange, ScoreList, ScoreMade, ScoreShape
from agent_console.scores.service import given_of, note, score_report, score_shape
from storage import audit_repository, score_form_repository, score_repository

_HEARD = ("recording_listened", "recording_exported")


async def of_recording(request: web.Request) -> web.Response:
    """Answer with the scores of a recording."""
    recording = (await recording_of(request)).recording
    async with request.app[DEPENDENCIES].database.begin() as connection:
        await note(request, connection, "scores_read", recording.id)
        found = await score_repository.of_recording(connection, recording.id)
    return json_answer(_listed([score_shape(one) for one in found]))


async def give(request: web.Request) -> web.Response:
    """Score a recording that the sender has listened to."""
    deps = request.app[DEPENDENCIES]
    found = await recording_of(request)
    recording, by = found.recording, principal(request).user.username
    new = await read_body(request, NewScore)
    async with deps.database.begin() as connection:
        if not await audit_repository.has_done(connection, by, _HEARD, recording.id):
            raise Problem(409, "listen_first", "say what you listen for, and listen: only then can it be scored")
        operator = await score_repository.operator_at(connection, found.operator or "", recording.started_at)
        if operator is None:
            raise Problem(
                409, "conflict", "no operator answered this call: there is nobody to score", reason="nobody_to_score"
            )
        form = await score_form_repository.current(connection, new.form)
        if form is None or form.retired_at is not None:
            raise Problem(422, "invalid_field", "there is no such form in use", field="form", reason="form_retired")
        if form.version != new.version:
            raise Problem(
                409,
                "conflict",
                f"the form has a newer version, {form.version}: fill that one",
                reason="form_newer",
                version=form.version,
            )
        given = given_of(form.criteria, new)
        score = await score_repository.add(
            connection, recording.id, form_id=form.id, version_id=form.version_id, operator=operator, given=given,
            by=by, now=deps.clock(),
        )  # fmt: skip
        if score is None:
            raise Problem(
                409,
                "conflict",
                "you have scored this recording by this form: change that score",
                reason="scored_already",
            )
        told = {"score": score, "operator": operator, "form": form.id, "version": form.version}
        marks = {"marks": list(given.marks), "percent": given.percent}
        await note(request, connection, "score_given", recording.id, **told, **marks)
    return json_answer(ScoreMade(id=score, percent=given.percent), status=201)


async def change(request: web.Request) -> web.Response:
    """Change the sender's own score, by the version of the form that it was given by."""
    deps = request.app[DEPENDENCIES]
    new = await read_body(request, ScoreChange)
    scope = await scope_of(request)
    async with deps.database.begin() as connection:
        score = await score_repository.get_within(connection, int(request.match_info["score"]), scope)
        if score is None:
            raise not_found("this score", "no_score")
        if score.scored_by != principal(request).user.username:
            raise Problem(403, "forbidden", "only who gave a score changes it", reason="not_your_score")
        given = given_of(score.criteria, new)
        await score_repository.change(connection, score.id, given, now=deps.clock())
        before = {"marks_before": list(score.marks), "percent_before": score.percent}
        after = {"score": score.id, "marks": list(given.marks), "percent": given.percent}
        await note(request, connection, "score_changed", score.recording_id, **before, **after)
    return json_answer(ScoreMade(id=score.id, percent=given.percent))


async def mine(request: web.Request) -> web.Response:
    """Answer with the sender's own scores."""
    return json_answer(_listed(await own_scores(request)))


async def own_scores(request: web.Request) -> list[ScoreShape]:
    """Return the sender's own scores, newest first; the look is in the audit log."""
    me = principal(request).user.username
    async with request.app[DEPENDENCIES].database.begin() as connection:
        await note(request, connection, "scores_read", me)
        return [score_shape(one) for one in await score_repository.of_operator(connection, me)]


async def remark(request: web.Request) -> web.Response:
    """Store the sender's one answer to an own score."""
    deps = request.app[DEPENDENCIES]
    new = await read_body(request, Remark)
    me, score = principal(request).user.username, int(request.match_info["score"])
    async with deps.database.begin() as connection:
        own = await score_repository.get_own(connection, score, me)
        if own is None:
            raise not_found("this score", "no_score")
        if not await score_repository.add_remark(connection, score, new.text, operator=me, now=deps.clock()):
            raise Problem(409, "conflict", "this score is answered already", reason="answered_already")
        await note(request, connection, "score_remarked", own.recording_id, score=score)
    return json_answer(Done())


async def report(request: web.Request) -> web.Response:
    """Answer with each operator's mean."""
    return await in_form(request, await report_of(request))


async def report_of(request: web.Request) -> Report:
    """Return each operator's mean within the sender's scope; the look is in the audit log."""
    deps = request.app[DEPENDENCIES]
    period, scope = period_of(request), await scope_of(request)
    async with deps.database.begin() as connection:
        await note(request, connection, "scores_read", "scores", since=str(period.first), until=str(period.last))
    return with_definitions(await score_report(deps, period, scope), texts_of(request), deps.report_rules)


def _listed(found: list[ScoreShape]) -> ScoreList:
    return ScoreList(items=found, total=len(found))


_GIVE, _OWN = Permission.SCORES_GIVE, Permission.SCORES_OWN
_OF_RECORDING = "/api/v1/recordings/{id}/scores"
_SCORE = r"/api/v1/scores/{score:\d{1,9}}"
ROUTES = (
    Route("GET", _OF_RECORDING, of_recording, _GIVE, "Scores of a recording; the look is audited", answer=ScoreList),
    Route(
        "POST", _OF_RECORDING, give, _GIVE, "Score a recording that the sender has listened to", body=NewScore,
        answer=ScoreMade, creates=True, statuses=(201,),
    ),
    Route(
        "GET", "/api/v1/scores/report", report, _GIVE, "Mean score of each operator", answer=Report, query=QUERY,
        costly=True,
    ),
    Route("GET", "/api/v1/scores/mine", mine, _OWN, "The sender's own scores; the look is audited", answer=ScoreList),
    Route("PUT", _SCORE, change, _GIVE, "Change an own score", body=ScoreChange, answer=ScoreMade),
    Route(
        "POST", f"{_SCORE}/remark", remark, _OWN, "Answer an own score, once", body=Remark, answer=Done, creates=True,
    ),
)  # fmt: skip
