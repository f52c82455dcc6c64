"""The console in a real browser, as a person with an account opens it. Owns starting and signing in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright, expect

from asterisk_conf.installation import find_tool
from tests.system.asterisk_bed import CHECKOUT_HOME
from tests.system.installation import Installation

# A page that is late on a busy machine is late, not wrong: how fast it is belongs to the benchmark.
expect.set_options(timeout=30_000)
FLAGS = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run", "--disable-sync")


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Yield a headless Chromium; its absence is a failure."""
    tool = find_tool(CHECKOUT_HOME, "chromium")
    assert tool is not None, "chromium is missing: ./test installs it"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=tool.argv[0], args=[*FLAGS])
        try:
            yield opened
        finally:
            await opened.close()


async def sign_in(opened: Browser, installation: Installation, username: str) -> tuple[Page, list[str]]:
    """Return the page after signing in, live, and the list that its faults are added to.

    Faults: script errors, dialogs, violations of the page's own security policy, requests to anywhere else.
    """
    faults: list[str] = []
    context = await opened.new_context(viewport={"width": 1366, "height": 900})
    page = await context.new_page()
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on(
        "console",
        lambda message: faults.append(message.text) if "Content Security" in message.text else None,
    )
    page.on(
        "request",
        lambda request: None if request.url.startswith(installation.console_url) else faults.append(request.url),
    )
    await page.goto(f"{installation.console_url}/login")
    await page.fill("[name=username]", username)
    await page.fill("[name=password]", installation.accounts[username][1])
    await page.press("[name=password]", "Enter")
    await page.wait_for_selector("html[data-live=on]")
    return page, faults
