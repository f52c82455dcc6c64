"""New API tokens. Owns how one is made; the clear text is shown once and stored nowhere."""

from __future__ import annotations

from datetime import datetime

from agent_console.door_policy import DoorPolicy
from agent_console.passwords import new_token, token_hash
from storage.token_repository import ApiToken


def new_api_token(
    username: str, made_by: str, label: str, scopes: frozenset[str], now: datetime, policy: DoorPolicy
) -> tuple[str, ApiToken]:
    """Return the token in clear, and what is stored of it."""
    clear = new_token()
    return clear, ApiToken(token_hash(clear), username, label, scopes, now, made_by, policy.token_expiry(now))
