"""The first accounts: made once, printed once, written to `first-login.txt`. Owns who gets one."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent_console.door_policy import DoorPolicy
from agent_console.passwords import hash_password, new_token, token_hash
from cases.town import Town
from centrala.secrets_file import Secrets, sip_password
from storage import user_repository
from storage.database import Database
from storage.user_repository import User


@dataclass(frozen=True, slots=True)
class FirstAccount:
    """An account with its secrets in clear, for the one time they are shown."""

    user: User
    password: str
    token: str


def _wanted(town: Town, keys: Secrets) -> list[tuple[User, str]]:
    now = datetime.now(UTC)

    def password() -> str:
        return "-".join(secrets.token_hex(3) for _ in range(3))

    people = [
        (User("admin", "administrator", "Administrator", None, None, True, now), password()),
        (User("supervisor", "supervisor", "Supervizor", None, None, True, now), password()),
    ]
    # An operator's first password is the one of the telephone, so one line serves browser and softphone.
    for extension in town.operator_extensions:
        user = User(extension, "operator", f"Operater {extension}", extension, None, True, now)
        people.append((user, sip_password(keys.sip_password_seed, extension)))
    for organisation in town.organisations:
        user = User(organisation.id, "utility", organisation.id, None, organisation.id, True, now)
        people.append((user, password()))
    return people


async def make_first_accounts(
    database: Database, town: Town, keys: Secrets, file: Path, policy: DoorPolicy | None = None
) -> list[FirstAccount]:
    """Make the accounts when there is none at all; return what was made, in the order of the file."""
    async with database.read() as connection:
        if await user_repository.list_users(connection):
            return []
    made = [FirstAccount(user, password, new_token()) for user, password in _wanted(town, keys)]
    lines = [f"{one.user.role} {one.user.username} {one.password} {one.token}\n" for one in made]
    # The file first: accounts that nobody can open would be worse than a file that the next start writes anew.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.writelines(lines)
        output.flush()
        os.fsync(output.fileno())
    async with database.begin() as connection:
        for one in made:
            await user_repository.add_user(
                connection,
                one.user,
                password_hash=hash_password(one.password),
                token_hash=token_hash(one.token),
                token_expires_at=(policy or DoorPolicy()).token_expiry(one.user.created_at),
            )
    return made
