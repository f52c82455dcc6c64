"""Shapes of operators' phones in the API."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from calls.phones import PhoneKind


class PhoneWanted(BaseModel):
    """With what the sender answers. `lease`: of the page that already holds the phone in the browser, to renew it."""

    kind: PhoneKind
    lease: str | None = Field(None, min_length=16, max_length=16, pattern="^[0-9a-f]+$")


class PhoneLogin(BaseModel):
    """What a browser registers with, for a few minutes. `websocket` is where; `uri` is who."""

    websocket: str
    uri: str
    username: str
    password: str
    lease: str
    expires_at: datetime


class PhoneNow(BaseModel):
    """With what the operator answers, and the browser's login when it is the browser."""

    kind: PhoneKind
    login: PhoneLogin | None = None
