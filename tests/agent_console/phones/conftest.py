"""A console with a telephone in the browser, and a PBX that remembers logins."""

from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from agent_console.app import build_app
from calls.ports import CallControlError
from tests.agent_console.conftest import Console, console, database_down  # noqa: F401  fixtures


class Phones:
    def __init__(self):
        self.logins, self.kinds, self.moved, self.refuse = {}, {}, [], ""

    def set_phone(self, extension, kind):
        self.kinds[extension] = kind

    async def set_login(self, extension, password):
        if self.refuse:
            raise CallControlError(self.refuse)
        self.logins[extension] = password

    async def move_member(self, extension, kind):
        self.moved.append((extension, kind))

    async def keep_callers(self, endpoint):
        return ()


@pytest.fixture
async def desk(console):  # noqa: F811
    """The console of the neighbouring tests, with phones in the browser."""
    phones = Phones()
    deps = replace(console.deps, browser_phones=phones, phone_port=8088)
    async with TestClient(TestServer(build_app(deps))) as client:
        desk = Console(client, client.app, deps, console.bus)
        desk.phones = phones
        yield desk
