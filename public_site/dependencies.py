"""What the public site is given. Nothing here can reach who reported a case."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from calls.ports import CaseStatusLookup, Clock
from cases.town import Town
from storage.database import Database


@dataclass(frozen=True, slots=True)
class PublicDependencies:
    """`database` is opened with a role that may only read; `status` checks number and PIN."""

    database: Database
    status: CaseStatusLookup
    town: Town
    clock: Clock


DEPENDENCIES = web.AppKey("dependencies", PublicDependencies)
