"""Who called and who reported, encrypted, in a database of its own. The only file that reads `identity_tables`.

Only the operators' side builds this object; the processes that serve utilities, crews and the public have neither the
key nor the file. Two keys are derived from the identity key: one encrypts (AES-256-GCM), one makes tokens (HMAC).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select

from calls.ids import CaseNumber
from storage.database import Database
from storage.identity_tables import callers, draft_identities, identity_metadata, reporters
from storage.upsert import insert_or_ignore, insert_or_update

TELL_BY: Final = ("none", "phone", "sms", "email", "letter")
DRAFT_KEPT: Final = timedelta(hours=72)
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_REMEMBERED_TOKENS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported a case. `number` is E.164 or empty, `contact` the address for `tell_by`."""

    name: str
    contact: str
    tell_by: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody who reported from a number. The same number may have several: they are never merged."""

    name: str
    contact: str
    tell_by: str
    cases: tuple[str, ...]


class CallerTokens:
    """Tokens of telephone numbers, without a database: the same number gives the same 64 hex digits."""

    def __init__(self, key: bytes) -> None:
        """`key`: the identity key, 32 bytes or more. Raises ValueError when it is shorter."""
        if len(key) < _KEY_BYTES:
            raise ValueError(f"the identity key has {len(key)} bytes; it needs {_KEY_BYTES}")
        self._key = hmac.digest(key, b"centrala caller token", "sha256")

    def token_of(self, e164: str) -> str:
        """Return the token of a number."""
        return hmac.new(self._key, e164.encode(), hashlib.sha256).hexdigest()


class IdentityStore:
    """Encrypted numbers, names and contacts. Every method may raise DatabaseDown, except `token_of`."""

    def __init__(self, database: Database, key: bytes, clock: Callable[[], datetime]) -> None:
        """`database` must have been made with `identity_metadata` (see `open_identity_database`)."""
        self._database = database
        self._tokens = CallerTokens(key)
        self._cipher = AESGCM(hmac.digest(key, b"centrala identity encryption", "sha256"))
        self._clock = clock
        self._stored: dict[str, None] = {}  # tokens known to be stored: a caller is met many times in one call

    async def prepare(self) -> None:
        """Make the tables when they are missing."""
        await self._database.create_all()

    def token_of(self, e164: str) -> str:
        """Return the token of a number; needs no database."""
        return self._tokens.token_of(e164)

    async def remember_caller(self, e164: str) -> str:
        """Store a number and return its token; a number seen before is stored once."""
        await self.remember([e164])
        return self.token_of(e164)

    async def remember_callers(self, numbers: Iterable[str]) -> None:
        """Store many numbers in one transaction, and so that `remember_caller` has nothing left to do for them."""
        await self.remember(numbers)

    async def remember(self, numbers: Iterable[str], reporters_of: Sequence[tuple[CaseNumber, Reporter]] = ()) -> None:
        """Store numbers and who reported cases, in one transaction; whoever stands there already stays."""
        tokens = {self.token_of(e164): e164 for e164 in sorted(set(numbers))}
        new = {token: e164 for token, e164 in sorted(tokens.items()) if token not in self._stored}
        if not new and not reporters_of:
            return
        now = self._clock()
        rows = [
            {"caller_token": token, "number": self._seal(e164, token), "first_seen_at": now}
            for token, e164 in new.items()
        ]
        people = [self._reporter_values(number, reporter) for number, reporter in reporters_of]
        async with self._database.begin() as connection:
            await insert_or_ignore(connection, callers, rows)
            await insert_or_ignore(connection, reporters, people)
        if len(self._stored) >= _REMEMBERED_TOKENS:
            self._stored.clear()
        self._stored |= dict.fromkeys(new)

    async def number_of(self, token: str) -> str | None:
        """Return the E.164 number behind a token, or None."""
        async with self._database.read() as connection:
            sealed = (
                await connection.execute(select(callers.c.number).where(callers.c.caller_token == token))
            ).scalar()
        return None if sealed is None else self._open(sealed, token)

    async def save_reporter(self, number: CaseNumber, reporter: Reporter, *, replace: bool = True) -> None:
        """Store who reported a case; what is there stays unless `replace`. Raises ValueError for an unknown tell_by."""
        values = self._reporter_values(number, reporter)
        if reporter.number:
            await self.remember_caller(reporter.number)
        async with self._database.begin() as connection:
            if replace:
                await insert_or_update(connection, reporters, ["case_number"], values)
            else:
                await insert_or_ignore(connection, reporters, values)

    def _reporter_values(self, number: CaseNumber, reporter: Reporter) -> dict[str, str | None]:
        if reporter.tell_by not in TELL_BY:
            raise ValueError(f"tell_by is one of {', '.join(TELL_BY)}")
        return {
            "case_number": number.digits,
            "caller_token": self.token_of(reporter.number) if reporter.number else None,
            "name": self._seal(reporter.name, number.digits),
            "contact": self._seal(reporter.contact, number.digits),
            "tell_by": reporter.tell_by,
        }

    async def reporter_of(self, number: CaseNumber) -> Reporter | None:
        """Return who reported a case, or None when nobody is known."""
        async with self._database.read() as connection:
            found = await connection.execute(select(reporters).where(reporters.c.case_number == number.digits))
            row = found.mappings().first()
        if row is None:
            return None
        phone = "" if row["caller_token"] is None else await self.number_of(row["caller_token"]) or ""
        name, contact = (self._open(row[column], number.digits) for column in ("name", "contact"))
        return Reporter(name, contact, row["tell_by"], phone)

    async def people_of(self, token: str) -> list[KnownPerson]:
        """Return everybody who reported with this very number, one entry per name, in the order of their cases."""
        wanted = select(reporters).where(reporters.c.caller_token == token).order_by(reporters.c.case_number)
        found: dict[str, KnownPerson] = {}
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        for row in rows:
            number = row["case_number"]
            name, contact = (self._open(row[column], number) for column in ("name", "contact"))
            before = found.get(name)
            cases = (*(before.cases if before else ()), number)
            found[name] = KnownPerson(name, contact, row["tell_by"], cases)
        return list(found.values())

    async def save_draft(self, key: str, fields: Mapping[str, str], author: str) -> None:
        """Store who reports while the case is being written; nothing but empty fields removes it."""
        now = self._clock()
        async with self._database.begin() as connection:
            await connection.execute(delete(draft_identities).where(draft_identities.c.updated_at <= now - DRAFT_KEPT))
            if not any(fields.values()):
                await connection.execute(delete(draft_identities).where(draft_identities.c.key == key))
                return
            sealed = self._seal(json.dumps(dict(fields)), f"draft {key}")
            values = {"key": key, "sealed": sealed, "author": author, "updated_at": now}
            await insert_or_update(connection, draft_identities, ["key"], values)

    async def draft_of(self, key: str) -> tuple[dict[str, str], str] | None:
        """Return (fields, who wrote them) of a draft, None when there are none or they have expired."""
        wanted = select(draft_identities).where(draft_identities.c.key == key)
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).mappings().first()
        if row is None or row["updated_at"] <= self._clock() - DRAFT_KEPT:
            return None
        fields: dict[str, str] = json.loads(self._open(row["sealed"], f"draft {key}"))
        return fields, row["author"]

    async def forget_draft(self, key: str) -> None:
        """Remove who reports from a draft; nothing there is not an error."""
        async with self._database.begin() as connection:
            await connection.execute(delete(draft_identities).where(draft_identities.c.key == key))

    def _seal(self, text: str, bound_to: str) -> str:
        # Bound to its row: a ciphertext moved to another row does not open.
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), bound_to.encode())).decode()

    def _open(self, sealed: str, bound_to: str) -> str:
        raw = base64.b64decode(sealed)
        try:
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode()).decode()
        except InvalidTag:
            raise IdentityKeyError("the identity store does not open with this key; restore the right one") from None


class IdentityKeyError(Exception):
    """The stored ciphertext was made with another key, or was tampered with."""


def open_identity_database(url: str) -> Database:
    """Return the identity store's own database."""
    return Database(url, metadata=identity_metadata)
