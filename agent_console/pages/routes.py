"""All pages in one table."""

from __future__ import annotations

from typing import Final

from agent_console.pages import call_pages, case_pages, desk, overview_pages, sign_in
from agent_console.routing import Route

ROUTES: Final[tuple[Route, ...]] = (
    *sign_in.ROUTES,
    *desk.ROUTES,
    *case_pages.ROUTES,
    *call_pages.ROUTES,
    *overview_pages.ROUTES,
)
