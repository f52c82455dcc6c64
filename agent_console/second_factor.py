"""Second factor (TOTP, RFC 6238): enrolment, codes, recovery codes. Owns what a good code is.

The secret is stored sealed, a recovery code as a keyed hash; whoever has the database alone has neither. Each code
counts once. While somebody enrols, the secret travels sealed in their own form and is stored nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyotp
import segno
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_console.dependencies import ConsoleDependencies
from agent_console.guessing import Guessing, Visitor
from agent_console.problems import Problem
from agent_console.sealing import Sealing
from storage import audit_repository, second_factor_repository
from storage.second_factor_repository import StoredFactor
from storage.user_repository import User

_STEP_SECONDS: Final = 30
_CLOCKS_APART: Final = (0, -1, 1)  # steps that a telephone's clock may be wrong by
_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for one another
_CODE_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person needs to enrol: a picture to scan, the same secret to type, and its sealed form for the answer."""

    picture: str
    typed: str
    sealed: str


class SecondFactor:
    """Enrols, checks, resets."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        self._deps = deps
        self._sealing = Sealing(deps.session_key, "second-factor")
        self._hash_key = hashlib.sha256(f"recovery-code:{deps.session_key}".encode()).digest()
        self._guessing = Guessing(deps.session_key)

    def begin(self, user: User, sealed: str = "") -> Enrolment:
        """Return a new secret in its three forms; `sealed`: the same one again, after a mistyped code."""
        secret = self._sealing.open(sealed, f"enrol:{user.username}") or pyotp.random_base32()
        address = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=self._issuer())
        picture = segno.make(address, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff")
        typed = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return Enrolment(picture, typed, self._sealing.close(secret, f"enrol:{user.username}"))

    def _issuer(self) -> str:
        return f"Centrala {self._deps.town.name}"

    async def enrol(self, user: User, sealed: str, code: str, visitor: Visitor) -> tuple[str, ...]:
        """Store the factor when the code proves that the telephone has it; return recovery codes, shown once.

        Raises Problem `code_wrong` (401) or `too_many_attempts` (429).
        """
        now = self._deps.clock()
        self._guessing.attempt(user.username, visitor, now)
        secret = self._sealing.open(sealed, f"enrol:{user.username}")
        step = _step_of(secret, code, now) if secret else None
        if secret is None or step is None:
            raise _wrong()
        self._guessing.was_good(user.username, visitor)
        codes = tuple(_new_code() for _ in range(_CODES))
        stored = StoredFactor(user.username, self._sealing.close(secret, user.username), now, step)
        async with self._deps.database.begin() as connection:
            await second_factor_repository.enrol(connection, stored, [self._hash(user, one) for one in codes])
            await self._audit(connection, user, "second_factor_enrolled")
        return codes

    async def check(self, user: User, code: str, visitor: Visitor) -> str:
        """Take a code; return `totp` or `recovery`. Raises Problem `code_wrong`, `code_used`, `too_many_attempts`."""
        now = self._deps.clock()
        self._guessing.attempt(user.username, visitor, now)
        async with self._deps.database.begin() as connection:
            outcome = await self._taken(connection, user, code, now)
            if outcome in ("totp", "recovery"):
                if outcome == "recovery":
                    await self._audit(connection, user, "recovery_code_used")
            else:
                await self._audit(connection, user, "second_factor_refused", visitor.address)
        if outcome == "used":
            raise Problem(401, "code_used", "this code was used already: wait for the next one")
        if outcome == "wrong":
            raise _wrong()
        self._guessing.was_good(user.username, visitor)
        return outcome

    async def _taken(self, connection: AsyncConnection, user: User, code: str, now: datetime) -> str:
        stored = await second_factor_repository.find(connection, user.username)
        if stored is None:
            return "wrong"
        typed = _typed(code)
        if not typed.isdigit():
            good = await second_factor_repository.take_recovery_code(
                connection, user.username, self._hash(user, typed), now
            )
            return "recovery" if good else "wrong"
        secret = self._sealing.open(stored.sealed, user.username)
        if secret is None:
            raise Problem(
                409,
                "conflict",
                f"the session key changed since: an administrator runs `centrala user reset-factor {user.username}`",
                reason="factor_unreadable",
            )
        step = _step_of(secret, typed, now)
        if step is None:
            return "wrong"
        return "totp" if await second_factor_repository.take_step(connection, user.username, step) else "used"

    async def new_codes(self, user: User) -> tuple[str, ...]:
        """Put new recovery codes in place of the old ones; they are shown once."""
        codes = tuple(_new_code() for _ in range(_CODES))
        async with self._deps.database.begin() as connection:
            await second_factor_repository.replace_codes(
                connection, user.username, [self._hash(user, one) for one in codes]
            )
            await self._audit(connection, user, "recovery_codes_renewed")
        return codes

    async def remove(self, user: User) -> None:
        """Do without. Raises Problem when the policy asks for one."""
        if self._deps.doors.needs_second_factor(user.role):
            raise Problem(403, "forbidden", "your role needs a second factor", reason="role_needs_factor")
        async with self._deps.database.begin() as connection:
            await second_factor_repository.remove(connection, user.username)
            await self._audit(connection, user, "second_factor_removed")

    async def _audit(self, connection: AsyncConnection, user: User, action: str, target: str = "") -> None:
        await audit_repository.append(
            connection, at=self._deps.clock(), actor=user.username, action=action, target=target or user.username
        )

    def _hash(self, user: User, code: str) -> str:
        return hmac.digest(self._hash_key, f"{user.username}\n{_typed(code)}".encode(), "sha256").hex()


def _wrong() -> Problem:
    return Problem(401, "code_wrong", "the code is wrong: take the one that is shown now")


def _typed(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isascii() and letter.isalnum())[:40]


def _new_code() -> str:
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    # A letter at the front: it is told from a telephone's six digits by its look alone.
    return f"{secrets.choice(_LETTERS[:23])}{code[1:4]}-{code[4:8]}-{code[8:]}"


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is, near now; None for none."""
    step = int(now.timestamp()) // _STEP_SECONDS
    totp = pyotp.TOTP(secret)
    typed = _typed(code)
    for apart in _CLOCKS_APART:
        if hmac.compare_digest(totp.generate_otp(step + apart).encode(), typed.encode()):
            return step + apart
    return None


SECOND_FACTOR = web.AppKey("second_factor", SecondFactor)
