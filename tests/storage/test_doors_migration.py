"""An installation from before tokens had a table of their own keeps its accounts and tokens."""

import re
from pathlib import Path

from alembic import command

from agent_console.passwords import token_hash
from storage import token_repository
from storage.migrations import upgrade
from storage.migrations.upgrade import _config, differences, upgrade_to_head

VERSIONS = Path(upgrade.__file__).parent / "versions"
BEFORE = re.search(r'down_revision.*"(\w+)"', next(VERSIONS.glob("*_doors.py")).read_text())[1]
ROWS = (
    "INSERT INTO users (username, role, display_name, password_hash, token_hash, active, created_at)"
    " VALUES ('ana', 'operator', 'Ana', 'x', 'HASH', TRUE, '2026-01-01 00:00:00+00:00')",
    "INSERT INTO sessions (id_hash, username, csrf, created_at, expires_at)"
    " VALUES ('h', 'ana', 'c', '2026-01-01 00:00:00+00:00', '2036-01-01 00:00:00+00:00')",
)


async def test_accounts_and_tokens_of_before_are_kept(database, clock):
    async with database.begin() as connection:
        await connection.run_sync(lambda one: command.downgrade(_config(one), BEFORE))
        for row in ROWS:
            await connection.exec_driver_sql(row.replace("HASH", token_hash("old-token")))
    async with database.begin() as connection:
        await connection.run_sync(upgrade_to_head)
        assert await connection.run_sync(differences, database.metadata) == []
        user, token = await token_repository.find_token(connection, token_hash("old-token"), clock())
        assert (user.username, user.language, token.expires_at) == ("ana", "", None)
        assert (await connection.exec_driver_sql("SELECT count(*) FROM sessions")).scalar() == 0


async def test_it_can_be_taken_back(database, clock):
    async with database.begin() as connection:
        await connection.run_sync(lambda one: command.downgrade(_config(one), BEFORE))
        for row in ROWS:
            await connection.exec_driver_sql(row.replace("HASH", token_hash("old-token")))
        await connection.run_sync(upgrade_to_head)
        await connection.run_sync(lambda one: command.downgrade(_config(one), BEFORE))
        found = (await connection.exec_driver_sql("SELECT token_hash FROM users")).scalar()
    assert found == token_hash("old-token")
