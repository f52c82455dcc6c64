"""The console of one operator of a simulated day in a real Chromium: states and outcomes by its buttons and keys.

Owns the page. It is drawn anew while its operator talks, again and again, and the console behind it is killed: what it
cannot do at once is tried until it can, as people do.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from asterisk_conf.installation import find_tool
from centrala.drill.site import Site
from centrala.errors import CommandFailed

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

_PATIENCE: Final = 90.0
_ONE_TRY: Final = 5_000
"""Milliseconds that one try may take."""
_SHOWN: Final = {"ready": ("ready", "ringing", "talking", "wrapup"), "paused": ("paused",), "offline": ("offline",)}


@asynccontextmanager
async def chromium(site: Site) -> AsyncIterator[Browser]:
    """Yield a headless Chromium. Raises CommandFailed when playwright or the browser is missing."""
    try:
        from playwright.async_api import async_playwright
    except ImportError as error:
        raise CommandFailed("playwright is missing: pip install playwright, or a day with --browsers 0") from error
    tool = find_tool(site.settings.home, "chromium")
    if tool is None:
        raise CommandFailed("chromium is missing: apt-get install chromium, or a day with --browsers 0")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=tool.argv[0], args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


class DeskPage:
    """One signed-in page. `refreshed`: how often it was loaded anew."""

    def __init__(self, page: Page, address: str) -> None:
        self._page, self._address = page, address
        self.refreshed = 0

    @classmethod
    async def of(cls, browser: Browser, site: Site, username: str) -> DeskPage:
        """Sign in with the account's password."""
        context = await browser.new_context(viewport={"width": 1366, "height": 768})
        page = await context.new_page()
        address = f"http://{site.settings.console.bind}"
        await page.goto(f"{address}/login")
        await page.fill("[name=username]", username)
        await page.fill("[name=password]", site.passwords[username])
        await page.press("[name=password]", "Enter")
        await page.wait_for_selector("html[data-live=on]")
        return cls(page, address)

    async def be(self, state: str) -> None:
        """Ask for `ready`, `paused:REASON` or `offline` by the buttons. Raises CommandFailed."""
        kind, _, reason = state.partition(":")
        shown = ",".join(f"#mine[data-state={one}]" for one in _SHOWN[kind])

        async def ask() -> None:
            if kind == "paused":
                if await self._page.locator("#pause-menu[open]").count() == 0:
                    await self._page.keyboard.press("F9")
                await self._page.click(f"[data-pause={reason}]", timeout=_ONE_TRY)
            else:
                await self._page.click(f"[data-set-state={kind}]", timeout=_ONE_TRY)
            await self._page.wait_for_selector(shown, timeout=_ONE_TRY)

        await self._until_done(ask, f"{state} by the page")

    async def outcome(self, outcome: str) -> None:
        """Choose the outcome in the form and send it with Enter; raises CommandFailed when there is no such form."""
        from playwright.async_api import Error

        try:
            await self._page.check(f"#wrapup [name=outcome][value={outcome}]", timeout=_ONE_TRY)
            await self._page.keyboard.press("Enter")
        except Error as error:
            raise CommandFailed(f"the page did not take the outcome: {error}") from error

    async def refresh(self) -> None:
        """Load the page anew and return when it is live. Raises CommandFailed."""

        async def load() -> None:
            await self._page.goto(f"{self._address}/console", timeout=_ONE_TRY)
            await self._page.wait_for_selector("html[data-live=on]", timeout=_ONE_TRY)

        await self._until_done(load, "the page loaded anew")
        self.refreshed += 1

    async def _until_done(self, ask: Callable[[], Awaitable[None]], what: str) -> None:
        from playwright.async_api import Error

        end = time.monotonic() + _PATIENCE
        while True:
            try:
                await ask()
                return
            except Error as error:
                if time.monotonic() > end:
                    raise CommandFailed(f"{what}: {error}") from error
