"""Scoring forms over HTTP: list, make, change, retire. Owns the addresses; a change is a new version, always."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.schemas import Done
from agent_console.dependencies import DEPENDENCIES
from agent_console.problems import Problem, not_found
from agent_console.routing import Route, json_answer, read_body
from agent_console.scores.schemas import FormList, FormMade, NewForm, NewVersion
from agent_console.scores.service import form_shape, note
from storage import score_form_repository


async def forms(request: web.Request) -> web.Response:
    """Answer with every form in its newest version."""
    async with request.app[DEPENDENCIES].database.read() as connection:
        found = await score_form_repository.all_current(connection, retired=True)
    return json_answer(FormList(items=[form_shape(one) for one in found], total=len(found)))


async def create(request: web.Request) -> web.Response:
    """Store a new form."""
    deps = request.app[DEPENDENCIES]
    new = await read_body(request, NewForm)
    criteria = [one.model_dump() for one in new.criteria]
    async with deps.database.begin() as connection:
        by = principal(request).user.username
        form = await score_form_repository.add(connection, new.name, criteria, by=by, now=deps.clock())
        await note(request, connection, "score_form_created", f"score_form:{form}", name=new.name, criteria=criteria)
    return json_answer(FormMade(id=form, version=1), status=201)


async def change(request: web.Request) -> web.Response:
    """Store a form's next version."""
    deps = request.app[DEPENDENCIES]
    form = int(request.match_info["form"])
    new = await read_body(request, NewVersion)
    criteria = [one.model_dump() for one in new.criteria]
    async with deps.database.begin() as connection:
        if await score_form_repository.current(connection, form) is None:
            raise not_found("this form", "no_form")
        by = principal(request).user.username
        if not await score_form_repository.add_version(
            connection, form, new.based_on, criteria, by=by, now=deps.clock()
        ):
            raise Problem(
                409,
                "conflict",
                f"version {new.based_on} is not the newest one: look at the form again",
                reason="form_changed",
            )
        version = new.based_on + 1
        await note(request, connection, "score_form_changed", f"score_form:{form}", version=version, criteria=criteria)
    return json_answer(FormMade(id=form, version=version), status=201)


async def retire(request: web.Request) -> web.Response:
    """Offer a form no more; what was scored by it stays."""
    deps = request.app[DEPENDENCIES]
    form = int(request.match_info["form"])
    async with deps.database.begin() as connection:
        if await score_form_repository.current(connection, form) is None:
            raise not_found("this form", "no_form")
        by = principal(request).user.username
        if await score_form_repository.retire(connection, form, by=by, now=deps.clock()):
            await note(request, connection, "score_form_retired", f"score_form:{form}")
    return json_answer(Done())


_GIVE = Permission.SCORES_GIVE
_FORM = r"/api/v1/score-forms/{form:\d{1,9}}"
ROUTES = (
    Route("GET", "/api/v1/score-forms", forms, _GIVE, "Scoring forms, each in its newest version", answer=FormList),
    Route(
        "POST", "/api/v1/score-forms", create, _GIVE, "Make a scoring form", body=NewForm, answer=FormMade,
        creates=True, statuses=(201,),
    ),
    Route(
        "POST", f"{_FORM}/versions", change, _GIVE, "Change a scoring form: a new version; old scores keep theirs",
        body=NewVersion, answer=FormMade, creates=True, statuses=(201,),
    ),
    Route("PUT", f"{_FORM}/retired", retire, _GIVE, "Use a scoring form no more", answer=Done),
)  # fmt: skip
