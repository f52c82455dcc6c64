"""Runs Alembic on an open connection, without an ini file. Owns where revisions lie; must not know what they do."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

_HERE = Path(__file__).parent


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config


def upgrade_to_head(connection: Connection) -> None:
    """Apply every revision that is missing, inside the connection's transaction."""
    command.upgrade(_config(connection), "head")


def differences(connection: Connection, metadata: MetaData) -> list[str]:
    """Return how the schema differs from the tables in the code, one line each; empty when they agree."""
    return [str(found) for found in compare_metadata(MigrationContext.configure(connection), metadata)]
