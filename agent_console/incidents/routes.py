"""Addresses of incidents: what may be the same, joining, and a call that is about a case which is there already."""

from __future__ import annotations

import math

from aiohttp import web
from pydantic import BaseModel, Field

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.cases.schemas import CaseShape, Stored
from agent_console.cases.service import add_line, parse_number
from agent_console.dependencies import DEPENDENCIES
from agent_console.incidents.service import Place, join, matches
from agent_console.problems import Problem
from agent_console.routing import Route, json_answer, read_body
from calls.ids import parse_linked_id


class MatchShape(BaseModel):
    """An open case that may be about the same thing. `why`: same_service, same_street, within (`metres`)."""

    case: CaseShape
    why: list[str]
    metres: int | None
    incident: int | None
    callers: int


class MatchList(BaseModel):
    """What may be the same, best first."""

    items: list[MatchShape]
    total: int


class JoinIn(BaseModel):
    """`to`: a case number of the incident. `note` is required when neither street nor place tells why."""

    to: str = Field(max_length=24)
    note: str = Field("", max_length=1000)
    version: int | None = Field(None, ge=1)


class Joined(BaseModel):
    """The case is a duplicate now, and belongs to the incident."""

    case: CaseShape
    incident: int
    lead_case: str
    callers: int


class CallIn(BaseModel):
    """A call that is about this case."""

    linkedid: str = Field(max_length=64)


def place_of(request: web.Request) -> Place:
    """Return the place that is asked about. Raises Problem for coordinates that are none."""

    def degrees(name: str, most: float) -> float | None:
        text = request.query.get(name, "")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not abs(value) <= most:
            raise Problem(400, "invalid_field", f"{name} is a number of degrees", field=name, reason="field_wrong")
        return value

    return Place(
        service_code=request.query.get("service_code", "")[:64],
        street=request.query.get("street", "").strip()[:200],
        latitude=degrees("latitude", 90),
        longitude=degrees("longitude", 180),
    )


async def list_(request: web.Request) -> web.Response:
    """Answer with the open cases that may be about the same thing."""
    found = await matches(request.app[DEPENDENCIES], place_of(request))
    items = [
        MatchShape(
            case=one.case,
            why=list(one.why),
            metres=one.metres,
            incident=one.incident.id if one.incident else None,
            callers=one.incident.callers if one.incident else 1,
        )
        for one in found
    ]
    return json_answer(MatchList(items=items, total=len(items)))


async def join_(request: web.Request) -> web.Response:
    """Mark a case as a duplicate."""
    wanted = await read_body(request, JoinIn)
    number, to = parse_number(request.match_info["number"]), parse_number(wanted.to)
    case, incident = await join(
        request.app[DEPENDENCIES], number, to, wanted.note, wanted.version, principal(request).user
    )
    answer = Joined(case=case, incident=incident.id, lead_case=incident.lead_case, callers=incident.callers)
    return json_answer(answer)


async def call(request: web.Request) -> web.Response:
    """Put a call on the timeline of a case that is there already, instead of making another one."""
    wanted = await read_body(request, CallIn)
    try:
        linkedid = parse_linked_id(wanted.linkedid)
    except ValueError as error:
        raise Problem(422, "invalid_field", "this is not a call id", field="linkedid", reason="field_wrong") from error
    number = parse_number(request.match_info["number"])
    data = {"linkedid": linkedid, "what": "about"}
    source = f"call:{linkedid}:about:{number.digits}"
    await add_line(request.app[DEPENDENCIES], number, principal(request).user.username, "call", data, source)
    return json_answer(Stored(), status=201)


_CASE = "/api/v1/cases/{number}"
ROUTES = (
    Route(
        "GET", "/api/v1/matches", list_, Permission.CASES_READ, "Open cases that may be about the same thing",
        answer=MatchList,
        query={"service_code": "a category", "street": "its name", "latitude": "degrees", "longitude": "degrees"},
    ),
    Route(
        "POST", f"{_CASE}/join", join_, Permission.CASES_WRITE, "Mark it as a duplicate: join an incident",
        body=JoinIn, answer=Joined, creates=True,
    ),
    Route(
        "POST", f"{_CASE}/calls", call, Permission.CASES_WRITE, "A call that is about this case",
        body=CallIn, answer=Stored, creates=True, statuses=(201,),
    ),
)  # fmt: skip
