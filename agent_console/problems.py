"""Errors of the API as RFC 9457 problem documents. Owns their shape and the stable `error_id`s.

An `error_id` and a `reason` are part of the contract with integrations: add, never rename.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

CONTENT_TYPE: Final = "application/problem+json"


class Problem(Exception):
    """A refusal with a reason to act on. Raised anywhere below a route; turned into a response once."""

    def __init__(
        self,
        status: int,
        error_id: str,
        detail: str,
        *,
        field: str | None = None,
        reason: str = "",
        **extra: str | int,
    ) -> None:
        """`detail`: an English sentence for who writes a program. `field`: the wrong one.

        `reason`: why, where the `error_id` is too general to say it; a text of the pages, `problem.REASON`, says the
        same to a person, with `extra` in its places. `extra`: more members of the document.
        """
        super().__init__(detail)
        self.status = status
        self.error_id = error_id
        self.detail = detail
        self.field = field
        self.reason = reason
        self.extra = extra

    def document(self, said: str = "") -> dict[str, Any]:
        """Return the problem document as a mapping; `said`: the sentence for the person at a page, if one is there."""
        body: dict[str, Any] = {
            "type": f"urn:centrala:{self.error_id}",
            "title": TITLES.get(self.error_id, "Request refused"),
            "status": self.status,
            "detail": self.detail,
            "error_id": self.error_id,
        }
        if self.field is not None:
            body["field"] = self.field
        if self.reason:
            body["reason"] = self.reason
        if said:
            body["said"] = said
        body.update(self.extra)
        return body


TITLES: Final[Mapping[str, str]] = {
    "bad_request": "The request cannot be read",
    "invalid_field": "A field has a wrong value",
    "not_signed_in": "Sign in first",
    "second_factor_required": "The second factor is missing",
    "code_wrong": "The code is wrong",
    "code_used": "The code was used already",
    "too_many_requests": "Too many requests",
    "forbidden": "Your role may not do this",
    "csrf": "The form is out of date",
    "not_found": "There is no such thing here",
    "method_not_allowed": "This address has no such method",
    "conflict": "Somebody changed it meanwhile",
    "illegal_transition": "The case cannot go from this state to that one",
    "idempotency_key_missing": "This request needs an Idempotency-Key header",
    "idempotency_key_reused": "The key was used for a different request",
    "idempotency_in_progress": "The same request is still being carried out",
    "too_many_attempts": "Too many attempts",
    "too_large": "The body is too large",
    "no_outbound_line": "There is no line that calls out",
    "no_number": "The caller's number is not known",
    "not_spoken": "The text could not be spoken",
    "number_not_allowed": "This number may not be called",
    "phone_elsewhere": "Another window has the phone",
    "purpose_required": "Say what you listen for",
    "listen_first": "Listen to the recording first",
    "recording_damaged": "The recording is not what was stored",
    "recording_gone": "The recording was deleted",
    "recording_waits": "The recording is not finished yet",
    "range_outside": "There is nothing at this position",
    "pbx_refused": "The telephone exchange refused",
    "storage_down": "The database does not answer",
    "internal": "Something broke here",
}


def problem_response(problem: Problem, said: str = "") -> web.Response:
    """Return the problem as an HTTP response, `said` as in `Problem.document`.

    What says when to come again says so in `Retry-After`, too.
    """
    headers = {"Content-Type": CONTENT_TYPE}
    if "retry_after" in problem.extra:
        headers["Retry-After"] = str(problem.extra["retry_after"])
    return web.Response(status=problem.status, body=json.dumps(problem.document(said)).encode(), headers=headers)


def not_found(what: str, reason: str) -> Problem:
    """Return the problem for something that does not exist; `reason` as in `Problem`."""
    return Problem(404, "not_found", f"{what} does not exist", reason=reason)


def not_listed(status: int, field: str, detail: str, known: str = "") -> Problem:
    """Return the problem for a value that a list does not have; `known`: what it has, with commas."""
    extra = {"known": known} if known else {}
    return Problem(status, "invalid_field", detail, field=field, reason="field_not_listed", **extra)
