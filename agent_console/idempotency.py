"""`Idempotency-Key`: the same request sent twice does its work once. Owns claiming, answering again, giving back.

Stored answers are encrypted: the answer to a new case holds the citizen's PIN, which is kept nowhere else.
A claim whose process died stays taken until it is purged: a doubt must not dial twice.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import timedelta
from typing import Final

from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.problems import Problem
from agent_console.routing import Handler, route_of
from storage import idempotency_repository
from storage.idempotency_repository import IN_PROGRESS, StoredAnswer

_KEPT: Final = timedelta(hours=24)


@web.middleware
async def answer_once(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ask for a key on every API route that dials, sends or creates; answer a known key from the store."""
    route = route_of(request)
    if route is None or not (route.creates and route.is_api):
        return await handler(request)
    header = request.headers.get("Idempotency-Key", "")
    if not 8 <= len(header) <= 128 or not header.isascii() or not header.isprintable():
        raise Problem(
            400, "idempotency_key_missing", "send an Idempotency-Key of 8 to 128 characters, new for each new thing"
        )
    deps = request.app[DEPENDENCIES]
    sender = principal(request).user.username
    key = hashlib.sha256(f"{sender}\n{request.method}\n{request.path}\n{header}".encode()).hexdigest()
    # A form with a file is read once, by its route: its length must do for telling requests apart.
    form = request.content_type == "multipart/form-data"
    body = str(request.content_length).encode() if form else await request.read()
    fingerprint = hashlib.sha256(body).hexdigest()
    box = _Box(deps.session_key, key)
    now = deps.clock()
    async with deps.database.begin() as connection:
        await idempotency_repository.purge(connection, older_than=now - _KEPT)
        claimed = await idempotency_repository.claim(connection, key, body=fingerprint, now=now)
        known = None if claimed else await idempotency_repository.find(connection, key)
    if known is not None:
        return _again(known, fingerprint, box)
    try:
        response = await handler(request)
    except (Problem, web.HTTPException, OSError):
        async with deps.database.begin() as connection:
            await idempotency_repository.release(connection, key)
        raise
    if isinstance(response, web.Response) and response.status < 400:
        sealed = box.close({"fingerprint": fingerprint, "text": response.text or "", "type": response.content_type})
        async with deps.database.begin() as connection:
            await idempotency_repository.answer(connection, key, status=response.status, body=sealed)
    return response


def _again(known: StoredAnswer, fingerprint: str, box: _Box) -> web.Response:
    if known.status == IN_PROGRESS:
        if known.body != fingerprint:
            raise Problem(422, "idempotency_key_reused", "this key belongs to a different request")
        raise Problem(409, "idempotency_in_progress", "wait for the first answer; then look whether it was done")
    stored = box.open(known.body)
    if stored["fingerprint"] != fingerprint:
        raise Problem(422, "idempotency_key_reused", "this key belongs to a different request")
    headers = {"Idempotency-Replayed": "true"}
    return web.Response(status=known.status, text=stored["text"], content_type=stored["type"], headers=headers)


class _Box:
    """Seals answers under a key of this purpose; the idempotency key is bound to what is sealed."""

    def __init__(self, session_key: str, bound_to: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(f"idempotency:{session_key}".encode()).digest())
        self._bound_to = bound_to.encode()

    def close(self, value: dict[str, str]) -> str:
        nonce = os.urandom(12)
        return base64.b64encode(
            nonce + self._cipher.encrypt(nonce, json.dumps(value).encode(), self._bound_to)
        ).decode()

    def open(self, sealed: str) -> dict[str, str]:
        raw = base64.b64decode(sealed)
        try:
            opened: dict[str, str] = json.loads(self._cipher.decrypt(raw[:12], raw[12:], self._bound_to))
        except InvalidTag as error:
            raise Problem(
                409, "conflict", "the session key changed since: use a new Idempotency-Key", reason="answer_unreadable"
            ) from error
        return opened
