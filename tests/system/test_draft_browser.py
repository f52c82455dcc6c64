"""Drafts, presence and the pop's matches in real browsers."""

import pytest
from playwright.async_api import expect

from calls.events import EventType
from tests.agent_console.conftest import console  # noqa: F401  fixture
from tests.system.test_console_browser import CALL, browser, bundle, open_page, publish, ring  # noqa: F401  fixtures

pytestmark = pytest.mark.system


async def test_a_draft_is_found_by_another_browser_and_two_people_see_one_another(console, open_page):  # noqa: F811
    page = await open_page("ana")
    await ring(console)
    await publish(console, EventType.CALL_ANSWERED, linkedid=CALL, operator="2001", waited=4)
    await expect(page.locator("#call-column")).to_contain_text("Razgovor")
    await page.select_option("#service", "burst_main")
    await page.fill("#description", "voda na kolovozu")
    await page.check("[name=who][value=tell]")
    await page.fill("[name=name]", "Petar Petrović")
    await expect(page.locator("#draft-state")).to_contain_text("sačuvano pre")

    again = await open_page("ana")  # another browser: nothing but the account is the same
    await expect(again.locator("#description")).to_have_value("voda na kolovozu")
    await expect(again.locator("#service")).to_have_value("burst_main")
    await expect(again.locator("[name=name]")).to_have_value("Petar Petrović")
    held = await page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "Petrović" not in held, "a browser keeps no name"
    assert "Petr" not in page.url

    # The call goes to a colleague: both are on the draft now, and see one another.
    await publish(console, EventType.CALL_TRANSFERRED, linkedid=CALL, by="2001", to="operator-2002", how="attended")
    other = await open_page("boris")
    await expect(other.locator("#description")).to_have_value("voda na kolovozu")
    await expect(other.locator("#draft-people")).to_contain_text("ana")
    await expect(page.locator("#draft-people")).to_contain_text("boris")
    await other.fill("#house", "12")
    await expect(page.locator("#house")).to_have_value("12")

    # Both write the same field: the second is told, and keeps both texts until they choose.
    await page.locator("#description").focus()
    await page.evaluate("document.getElementById('description').focus()")
    await other.fill("#description", "piše Boris")
    await expect(other.locator("#draft-state")).to_contain_text("sačuvano pre")
    await page.locator("#description").press_sequentially(" i trotoaru")
    await expect(page.locator("#draft-other")).to_contain_text("piše Boris")
    await expect(page.locator("#description")).to_have_value("voda na kolovozu i trotoaru")
    await page.click("#take-other")
    await expect(page.locator("#description")).to_have_value("piše Boris")


async def test_an_incident_is_joined_from_the_desk_and_a_case_shows_who_looks_at_it(console, open_page):  # noqa: F811
    place = {"latitude": 43.5801, "longitude": 21.3301, "street": "Vidovdanska", "service_code": "burst_main"}
    lead = await console.json("POST", "/api/v1/cases", 201, json=place, key="lead-0001")
    page = await open_page("ana")
    await ring(console)
    await publish(console, EventType.CALL_ANSWERED, linkedid=CALL, operator="2001", waited=4)
    await page.select_option("#service", "burst_main")
    await page.locator("#street").press_sequentially("vidovd")
    await expect(page.locator("#street-list li").first).to_contain_text("Vidovdanska")
    await page.keyboard.press("Enter")
    await expect(page.locator("#near")).to_contain_text(lead["shown"])
    await expect(page.locator("#near")).to_contain_text("ista ulica")
    await page.click("[data-join]")
    await expect(page.locator("#joining")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "no scrolling while talking"
    await page.click("button[value=save]")
    await expect(page.locator("#saved-order")).to_contain_text("Pridruženo kvaru")
    cases = (await console.json("GET", "/api/v1/cases"))["items"]
    assert sorted(case["status"] for case in cases) == ["duplicate", "received"]

    address = str(console.client.make_url(f"/console/cases/{lead['number']}"))
    await page.goto(address)
    await expect(page.locator("#incident")).to_contain_text("prijava: 2")
    other = await open_page("boris")
    await other.goto(address)
    await expect(page.locator("#also-here")).to_contain_text("boris")
    await page.fill("[name=note] >> nth=0", "pišem")
    body = {"status": "assigned", "version": 1}
    path = f"/api/v1/cases/{lead['number']}/transitions"
    await console.json("POST", path, user="boris", json=body, key="assign-001")
    await expect(page.locator("#changed")).to_be_visible()
    await other.close()
    await expect(page.locator("#also-here")).to_have_text("")
