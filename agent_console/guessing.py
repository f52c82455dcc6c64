"""Guessing of passwords and codes: how it is slowed down without locking out the person whose account it is.

Owns the limits and the cookie that a browser gets after a good sign-in. A browser that has signed in to an account
before is counted by itself, so whoever guesses from elsewhere can close the account to strangers for some minutes,
never to its owner's own browser (OWASP: device cookies).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from agent_console.problems import Problem
from agent_console.rate_limit import RateLimit

COOKIE: Final = "centrala_device"
_KEPT: Final = timedelta(days=180)
_MOST_ACCOUNTS: Final = 12  # people who share one desk
_WINDOW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where an attempt comes from. `device` is the cookie as it was sent; `browser` is for its owner to recognise."""

    address: str
    browser: str
    device: str


def visitor_of(request: web.Request) -> Visitor:
    """Return who knocks."""
    address = (request.remote or "unknown")[:64]
    return Visitor(address, _browser(request.headers.get("User-Agent", "")), request.cookies.get(COOKIE, "")[:1000])


def _browser(agent: str) -> str:
    names = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")
    browser = next((name for mark, name in names if mark in agent), "")
    return " · ".join(part for part in (browser, next((one for one in systems if one in agent), "")) if part)


class Guessing:
    """Counts attempts on accounts. One for passwords, one for codes."""

    def __init__(self, session_key: str) -> None:
        self._key = hashlib.sha256(f"device:{session_key}".encode()).digest()
        self._by_device = RateLimit(10, _WINDOW)
        self._by_pair = RateLimit(5, _WINDOW)
        self._by_account = RateLimit(20, _WINDOW)
        self._by_address = RateLimit(30, _WINDOW)

    def _counted(self, username: str, visitor: Visitor) -> list[tuple[RateLimit, str]]:
        nonce = self._known(username, visitor.device)
        if nonce:
            return [(self._by_device, f"{username}\n{nonce}")]
        return [
            (self._by_pair, f"{username}\n{visitor.address}"),
            (self._by_account, username),
            (self._by_address, visitor.address),
        ]

    def attempt(self, username: str, visitor: Visitor, now: datetime) -> None:
        """Count an attempt, before it is looked at. Raises Problem 429 when there were too many."""
        counted = self._counted(username, visitor)
        wait = max(limit.wait_for(key, now) for limit, key in counted)
        if wait:
            raise Problem(429, "too_many_attempts", f"wait {wait} s and try again", retry_after=wait)
        for limit, key in counted:
            limit.count(key, now)

    def was_good(self, username: str, visitor: Visitor) -> None:
        """Take the attempt back: guessers of the same account or address stay counted."""
        for limit, key in self._counted(username, visitor):
            if limit in (self._by_pair, self._by_device):
                limit.forget(key)
            else:
                limit.give_back(key)

    def _sign(self, nonce: str, username: str) -> str:
        return hmac.digest(self._key, f"{nonce}\n{username}".encode(), "sha256").hex()[:32]

    def _known(self, username: str, device: str) -> str:
        nonce, *marks = device.split(".")
        wanted = self._sign(nonce, username)
        return nonce if any(hmac.compare_digest(wanted.encode(), mark.encode()) for mark in marks) else ""

    def remember(self, response: web.StreamResponse, request: web.Request, username: str, *, secure: bool) -> None:
        """Let this browser be known for the account from now on."""
        nonce, *marks = visitor_of(request).device.split(".")
        if not marks:
            nonce = secrets.token_hex(16)
        mine = self._sign(nonce, username)
        kept = [mark for mark in marks if mark != mine][-_MOST_ACCOUNTS + 1 :]
        response.set_cookie(
            COOKIE,
            ".".join([nonce, *kept, mine]),
            max_age=int(_KEPT.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=secure,
            path="/login",
        )
