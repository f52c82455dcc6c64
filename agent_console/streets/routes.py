"""The gazetteer for the case form, and the town's streets as lines for the map. Nothing comes from the internet."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel

from agent_console.access import Permission
from agent_console.dependencies import DEPENDENCIES
from agent_console.routing import Route, json_answer, query_integer


class StreetShape(BaseModel):
    """A street and where its pin goes."""

    name: str
    latitude: float
    longitude: float
    house_numbers: str
    house_number_known: bool | None
    settlement: str


class StreetList(BaseModel):
    """Streets that fit."""

    items: list[StreetShape]
    total: int


async def search(request: web.Request) -> web.Response:
    """Answer with the streets that fit what was typed, best first."""
    town = request.app[DEPENDENCIES].town
    limit = query_integer(request, "limit", 8, low=1, high=50)
    text = request.query.get("search", "").strip()[:100]
    house = request.query.get("house_number", "").strip()[:20]
    found = town.gazetteer.find(text, limit) if text else town.gazetteer.streets[:limit]
    items = []
    for street in found:
        latitude, longitude = street.point_at(house) if house else street.middle
        items.append(
            StreetShape(
                name=street.name,
                latitude=latitude,
                longitude=longitude,
                house_numbers=f"{street.first_number}–{street.last_number}",
                house_number_known=street.has_number(house) if house else None,
                settlement=street.settlement,
            )
        )
    return json_answer(StreetList(items=items, total=len(items)))


async def map_(request: web.Request) -> web.Response:
    """Answer with every street as GeoJSON (RFC 7946): a line, or a point when only its middle is known."""
    features = []
    for street in request.app[DEPENDENCIES].town.gazetteer.streets:
        points = [[longitude, latitude] for latitude, longitude in street.line]
        shape = {"type": "LineString", "coordinates": points} if len(points) > 1 else {
            "type": "Point", "coordinates": points[0],
        }  # fmt: skip
        features.append({"type": "Feature", "geometry": shape, "properties": {"name": street.name}})
    return web.json_response({"type": "FeatureCollection", "features": features}, content_type="application/geo+json")


ROUTES = (
    Route(
        "GET",
        "/api/v1/streets",
        search,
        Permission.CASES_READ,
        "Streets of the town",
        answer=StreetList,
        query={"search": "what was typed", "house_number": "puts the pin along the street", "limit": "1 to 50"},
    ),
    Route(
        "GET", "/api/v1/streets/map", map_, Permission.CASES_READ, "Streets as GeoJSON", media="application/geo+json"
    ),
)
