"""The databases of the storage tests: SQLite in every run, PostgreSQL in the system run."""

from tests.storage.conftest import database, postgresql_url

__all__ = ["database", "postgresql_url"]
