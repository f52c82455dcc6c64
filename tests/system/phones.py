"""Waiting for what the system does without holding up the softphones, and registering them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.softphone import Softphone
from tests.system.installation import Installation


async def until(what: Callable[[], Any], *, timeout: float = 40.0, reason: str = "") -> Any:
    """Return the first true value of `what()`, without holding up the phones."""
    async with asyncio.timeout(timeout):
        while not (value := await asyncio.to_thread(what)):
            await asyncio.sleep(0.1)
        return value
    raise AssertionError(reason)


async def register(phone: Softphone, installation: Installation, extension: str) -> None:
    settings = installation.settings
    password = sip_password(load_secrets(settings.home).sip_password_seed, extension)
    await phone.register(extension, password, f"sip:{settings.sip.bind}")
