"""Open cases near a place. Owns that one query; how near is near is decided by who asks."""

from __future__ import annotations

from dataclasses import fields
from math import cos, radians

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.ids import CaseNumber
from cases.case import Case, CaseChannel, CaseKind
from cases.duplicates import distance_m
from cases.lifecycle import ENDED, Status
from storage.tables import cases

_METRES_PER_DEGREE = 111_320.0


async def open_cases_on(connection: AsyncConnection, street: str, *, limit: int = 20) -> list[Case]:
    """Return the open cases in a street of exactly this name, newest first."""
    ended = [status.value for status in ENDED]
    wanted = select(cases).where(cases.c.status.not_in(ended), cases.c.street == street)
    rows = await connection.execute(wanted.order_by(cases.c.created_at.desc()).limit(limit))
    return [_case(row) for row in rows.mappings()]


async def open_cases_near(
    connection: AsyncConnection, latitude: float, longitude: float, *, metres: float = 200.0, limit: int = 10
) -> list[tuple[Case, float]]:
    """Return open cases within `metres` and how far each is, nearest first."""
    north = metres / _METRES_PER_DEGREE
    east = north / max(cos(radians(latitude)), 0.01)
    wanted = select(cases).where(
        cases.c.status.not_in([status.value for status in ENDED]),
        cases.c.latitude.between(latitude - north, latitude + north),
        cases.c.longitude.between(longitude - east, longitude + east),
    )
    found: list[tuple[Case, float]] = []
    for row in (await connection.execute(wanted.order_by(cases.c.created_at.desc()).limit(500))).mappings():
        away = distance_m(latitude, longitude, row["latitude"], row["longitude"])
        if away > metres:
            continue
        found.append((_case(row), away))
    return sorted(found, key=lambda pair: pair[1])[:limit]


def _case(row: RowMapping) -> Case:
    values = {field.name: row[field.name] for field in fields(Case)}
    values |= {
        "number": CaseNumber(row["number"]),
        "kind": CaseKind(row["kind"]),
        "channel": CaseChannel(row["channel"]),
        "status": Status(row["status"]),
    }
    return Case(**values)
