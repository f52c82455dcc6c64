import contextlib

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from agent_console.access import Permission, Role, may
from agent_console.guard import answer_problems, check_access
from agent_console.routing import ROUTES
from tests.agent_console.every_route import fill

PUBLIC = {"/login", "/login/language", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/static/{path}"}


@pytest.fixture
async def aiohttp_client_of():
    async with contextlib.AsyncExitStack() as stack:

        async def start(app):
            return await stack.enter_async_context(TestClient(TestServer(app)))

        yield start


def addresses(app):
    return [
        (route.method, route.resource.canonical) for route in app.router.routes() if route.method not in ("HEAD", "*")
    ]


async def test_every_route_declares_a_permission(console):
    table = console.app[ROUTES]
    for method, path in addresses(console.app):
        assert (method, path) in table, f"{method} {path} is not in a route table"
        assert isinstance(table[method, path].permission, Permission)


async def test_only_the_listed_addresses_are_public(console):
    public = {path for (_, path), route in console.app[ROUTES].items() if route.permission is Permission.PUBLIC}
    assert public == PUBLIC


async def test_a_stranger_gets_nothing(console):
    for (method, path), route in console.app[ROUTES].items():
        if route.permission is Permission.PUBLIC:
            continue
        response = await console.ask(method, fill(path), user=None)
        assert response.status == 401, (method, path)


@pytest.mark.parametrize("user", ["vodovod", "ekipa"])
async def test_those_outside_the_wall_are_refused_everywhere(console, user):
    for (method, path), route in console.app[ROUTES].items():
        if route.permission in (Permission.PUBLIC, Permission.SIGNED_IN):
            continue
        response = await console.ask(method, fill(path), user=user)
        assert response.status == 403, (method, path)


async def test_an_undeclared_route_is_refused(aiohttp_client_of):
    async def forgotten(request):
        return web.Response(text="secret")

    app = web.Application(middlewares=[answer_problems, check_access])
    app[ROUTES] = {}
    app.router.add_get("/forgotten", forgotten)
    client = await aiohttp_client_of(app)
    response = await client.get("/forgotten")
    assert response.status == 403
    assert "secret" not in await response.text()


def test_an_unknown_role_may_nothing():
    assert not may("king", Permission.CASES_READ)
    assert not may(Role.ADMINISTRATOR, Permission.RECORDINGS_LISTEN)


async def test_pages_carry_a_policy_without_inline_code(console):
    response = await console.ask("GET", "/login", user=None)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    text = await response.text()
    assert "<style" not in text
    assert " style=" not in text


async def test_a_form_without_its_token_is_refused(console):
    await console.sign_in()
    response = await console.client.put("/api/v1/operators/me/state", json={"state": "ready"})
    assert response.status == 403
    assert (await response.json(content_type=None))["error_id"] == "csrf"
    assert console.pbx.done == []


async def test_a_form_of_another_site_is_refused(console):
    token = await console.sign_in()
    headers = {"X-CSRF-Token": token, "Origin": "https://elsewhere.example"}
    response = await console.client.put("/api/v1/operators/me/state", json={"state": "ready"}, headers=headers)
    assert response.status == 403
    assert console.pbx.done == []


async def test_a_websocket_from_another_site_is_refused(console):
    await console.sign_in()
    headers = {"Origin": "https://elsewhere.example", "Connection": "Upgrade", "Upgrade": "websocket"}
    response = await console.client.get("/api/v1/live", headers=headers)
    assert response.status == 403


async def test_unknown_addresses_and_methods_are_problems(console):
    missing = await console.json("GET", "/api/v1/nothing", 404)
    assert missing["error_id"] == "not_found"
    wrong = await console.json("DELETE", "/api/v1/cases", 405)
    assert wrong["error_id"] == "method_not_allowed"


async def test_a_large_body_is_refused(console):
    answer = await console.json("POST", "/api/v1/cases", 413, data=b"x" * 300_000, key="large-body-1")
    assert answer["error_id"] == "too_large"


async def test_a_broken_handler_says_a_number_and_no_details(console, monkeypatch):
    async def broken(*_, **__):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("agent_console.calls.routes.list_calls", broken)
    answer = await console.json("GET", "/api/v1/calls", 500)
    assert answer["error_id"] == "internal"
    assert "hunter2" not in str(answer)


@pytest.mark.parametrize("address", ["/api/v1/calls?search=%00", "/api/v1/cases?search=a%00b", "/api/v1/calls/1%00.1"])
async def test_a_zero_character_in_the_address_is_refused(console, address):
    response = await console.ask("GET", URL(address, encoded=True))
    assert response.status == 400


async def test_a_zero_character_in_the_body_is_refused(console):
    body = {"kind": "request", "channel": "phone", "description": "a\0b"}
    response = await console.ask("POST", "/api/v1/cases", json=body, key="zero-key-1")
    assert response.status == 422
