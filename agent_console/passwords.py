"""Password hashes (argon2id) and random tokens. Owns how secrets of accounts are made and compared."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's second parameter set: 19 MiB, two passes; a town's server signs in a few people a day, not a few a second.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# One thread: a flood of sign-ins queues up here and takes one core at most, the calls keep theirs.
_EXECUTOR: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2")
SHORTEST: Final = 10
"""Characters of the shortest password that is taken."""
_NOBODY: Final = _HASHER.hash("nobody")


def hash_password(password: str) -> str:
    """Return the argon2id hash to store. Takes about 30 ms of CPU."""
    return _HASHER.hash(password)


async def hash_in_turn(password: str) -> str:
    """Return the argon2id hash, made in the queue of sign-ins and not on the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_EXECUTOR, hash_password, password)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


async def verify_password(stored: str | None, password: str) -> bool:
    """Say whether the password fits; for an unknown account (None) it takes as long and says no."""
    return await asyncio.get_running_loop().run_in_executor(_EXECUTOR, _verify, stored, password)


def new_token() -> str:
    """Return a new random token for a cookie, a form or the API: 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is stored of a token: SHA-256 as hex. Tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
