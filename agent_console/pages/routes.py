"""All pages in one table."""

from __future__ import annotations

from typing import Final

from agent_console.pages import (
    account_pages,
    admin_page,
    call_pages,
    case_pages,
    desk,
    door_pages,
    language_pages,
    missed_pages,
    notice_page,
    overview_pages,
    recording_pages,
    report_pages,
    score_pages,
    sign_in,
)
from agent_console.routing import Route

ROUTES: Final[tuple[Route, ...]] = (
    *sign_in.ROUTES,
    *desk.ROUTES,
    *case_pages.ROUTES,
    *call_pages.ROUTES,
    *missed_pages.ROUTES,
    *notice_page.ROUTES,
    *recording_pages.ROUTES,
    *admin_page.ROUTES,
    *overview_pages.ROUTES,
    *report_pages.ROUTES,
    *score_pages.ROUTES,
    *account_pages.ROUTES,
    *door_pages.ROUTES,
    *language_pages.ROUTES,
)
