"""What must be so at every address: refused to roles without the permission, forms protected, no inline code."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sqlalchemy import update

from agent_console.access import Permission, may
from agent_console.door_policy import DoorPolicy
from agent_console.request_limit import REQUEST_LIMITS
from agent_console.routing import ROUTES
from storage.door_tables import api_tokens
from tests.agent_console.conftest import PASSWORD, PEOPLE
from tests.agent_console.every_route import (
    IDS,
    ON_THE_BOARD,
    fill,
    pages,
    routes,
    someone_who_may,
    store_something,
)
from tests.agent_console.test_calls_api import ring
from tests.agent_console.test_second_factor import enrol, give_password

HTML = {"Accept": "text/html"}
SAFE = {"GET", "HEAD"}


@pytest.mark.parametrize(("user", "role", "extension"), PEOPLE)
async def test_each_role_is_refused_what_it_was_not_granted(console, user, role, extension):
    for (method, path), route in routes(console):
        if route.permission is Permission.PUBLIC or may(role, route.permission):
            continue
        response = await console.ask(method, fill(path), user=user)
        assert response.status == 403, (method, path)
        assert (await response.json(content_type=None))["error_id"] == "forbidden"


async def test_a_token_narrowed_to_reading_changes_nothing(console):
    reading = [one.value for one in Permission if one.value.endswith(".read")]
    async with console.deps.database.begin() as connection:
        hers = update(api_tokens).where(api_tokens.c.username == "vera")
        await connection.execute(hers.values(scopes=" ".join(reading)))
    for (method, path), route in routes(console):
        if route.permission in (Permission.PUBLIC, Permission.SIGNED_IN) or route.permission.value in reading:
            continue
        assert (await console.ask(method, fill(path), user="vera")).status == 403, (method, path)
    assert (await console.ask("GET", "/api/v1/cases", user="vera")).status == 200


async def refused_as_forged(console, method, path, csrf):
    address = fill(path)
    bare = await console.client.request(method, address, data={"x": "1"}, allow_redirects=False)
    wrong = {"X-CSRF-Token": "0" * 43}
    guessed = await console.client.request(method, address, headers=wrong, allow_redirects=False)
    foreign = {"X-CSRF-Token": csrf, "Origin": "https://elsewhere.example"}
    other_site = await console.client.request(method, address, headers=foreign, allow_redirects=False)
    for response in (bare, guessed, other_site):
        body = await response.text()
        assert response.status == 403, (method, path, body)
        assert '"csrf"' in body, (method, path)


@pytest.mark.parametrize("user", ["ana", "vera", "admin"])
async def test_every_change_from_a_browser_needs_the_form_s_token_and_our_origin(console, user):
    role = {name: role for name, role, _ in PEOPLE}[user]
    csrf = await console.sign_in(user)
    changing = [
        (method, path)
        for (method, path), route in routes(console)
        if method not in SAFE and route.permission is not Permission.PUBLIC and may(role, route.permission)
    ]
    assert changing
    for method, path in changing:
        await refused_as_forged(console, method, path, csrf)


async def test_the_second_factor_s_forms_need_their_token(console):
    object.__setattr__(console.deps, "doors", replace(DoorPolicy(), second_factor_required=True))
    await give_password(console, "vera")
    page = await (await console.client.get("/login/second-factor")).text()
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    for (method, path), route in routes(console):
        if route.permission is Permission.HALF_SIGNED_IN and method not in SAFE:
            await refused_as_forged(console, method, path, csrf)


async def test_public_forms_refuse_other_sites(console):
    for (method, path), route in routes(console):
        if method not in SAFE and route.permission is Permission.PUBLIC:
            headers = {"Origin": "https://elsewhere.example"}
            assert (await console.client.request(method, fill(path), headers=headers)).status == 403, path


class Markup(HTMLParser):
    """Notes inline code and what a page says of itself."""

    def __init__(self, text):
        super().__init__()
        self.inline, self.seen, self.language, self.ids = [], set(), "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.seen.add(tag)
        self.inline += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.inline += [f"{tag} {name}={value}" for name, value in attributes if "javascript:" in (value or "")]
        if tag == "style" or (tag == "script" and not given.get("src", "").startswith("/static/")):
            self.inline.append(tag)
        if tag == "html":
            self.language = given.get("lang", "")
        if "id" in given:
            self.ids.append(given["id"])


async def looked_at(console):
    """Yield (path, response, text) of every page, as somebody who may see it, with something on it."""
    ids = await store_something(console)
    for path, route in pages(console):
        if route.permission is Permission.HALF_SIGNED_IN:
            continue
        console.client.session.cookie_jar.clear()
        if route.permission is not Permission.PUBLIC:
            await console.sign_in(someone_who_may(route.permission))
        if path in ON_THE_BOARD:
            await ring(console)
        response = await console.client.get(fill(path, ids), headers=HTML)
        yield path, response, await response.text()


async def test_every_page_stands_and_has_no_inline_code(console):
    seen = 0
    async for path, response, text in looked_at(console):
        assert response.status == 200, (path, text[:500])
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert "script-src 'self';" in policy, path
        markup = Markup(text)
        assert markup.inline == [], path
        assert len(markup.ids) == len(set(markup.ids)), path
        if "html" in markup.seen:
            assert markup.language, path
            assert {"title", "main", "h1"} <= markup.seen, path
        seen += 1
    assert seen >= 12


async def test_the_pages_of_the_second_factor_have_no_inline_code(console):
    object.__setattr__(console.deps, "doors", replace(DoorPolicy(), second_factor_required=True))
    await give_password(console, "vera")
    assert Markup(await (await console.client.get("/login/second-factor")).text()).inline == []
    console.client.session.cookie_jar.clear()
    await enrol(console)
    console.client.session.cookie_jar.clear()
    await console.client.post("/login", data={"username": "vera", "password": PASSWORD})
    assert Markup(await (await console.client.get("/login/code")).text()).inline == []


async def test_no_address_has_a_place_for_personal_data(console):
    personal = re.compile(r"phone|caller|contact|e?mail|person|reporter|street|address|surname|search|text")
    for _, path in console.app[ROUTES]:
        for name in re.findall(r"{(\w+)}", path):
            assert not personal.search(name), path
            assert name in IDS, f"{path}: give {name} a value in every_route.IDS"


async def test_an_account_that_sends_too_much_is_told_when_to_come_again(console):
    body = {"service_code": "pothole", "street": "Vidovdanska"}
    limit = console.deps.doors.creates_per_minute
    for _ in range(limit):
        console.app[REQUEST_LIMITS].of("creates").count("ana", console.clock.now)
    refused = await console.ask("POST", "/api/v1/cases", json=body, key="limit-key-1")
    assert refused.status == 429
    assert (await refused.json(content_type=None))["error_id"] == "too_many_requests"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert (await console.ask("POST", "/api/v1/cases", user="boris", json=body, key="limit-key-2")).status == 201
    console.clock.forward(seconds=61)
    assert (await console.ask("POST", "/api/v1/cases", json=body, key="limit-key-3")).status == 201
