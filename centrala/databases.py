"""Opens the main database and the identity store from settings. Owns their lifetimes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from centrala.secrets_file import load_identity_key
from centrala.settings import Settings
from storage.database import Database
from storage.identity_store import IdentityStore, open_identity_database


@dataclass(frozen=True, slots=True)
class Databases:
    """Both stores, open."""

    main: Database
    identity: IdentityStore

    async def migrate(self) -> None:
        """Bring both to this version's schema."""
        await self.main.migrate()
        await self.identity.prepare()


def now() -> datetime:
    """Return the time: the clock of every process."""
    return datetime.now(UTC)


@contextlib.asynccontextmanager
async def open_databases(settings: Settings) -> AsyncIterator[Databases]:
    """Open both stores; connections are made on first use."""
    main = Database(settings.database_url)
    identity_database = open_identity_database(settings.identity_url)
    identity = IdentityStore(identity_database, load_identity_key(settings.home), now)
    try:
        yield Databases(main, identity)
    finally:
        await main.close()
        await identity_database.close()
