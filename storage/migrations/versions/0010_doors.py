"""API tokens of their own, second factors, recovery codes; what a session knows of its browser; language of pages."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply. Everybody signs in once more: a session of before says nothing about its second factor."""
    op.execute("DELETE FROM sessions")
    op.create_table(
        "api_tokens",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("scopes", sa.String(400), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("last_used_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_api_tokens"),
    )
    op.execute(
        "INSERT INTO api_tokens (token_hash, username, label, scopes, created_at, created_by)"
        " SELECT token_hash, username, '', '', created_at, username FROM users WHERE token_hash IS NOT NULL"
    )
    with op.batch_alter_table("users") as users:
        users.drop_constraint("uq_users_token_hash", type_="unique")
        users.drop_column("token_hash")
        users.add_column(sa.Column("language", sa.String(8), nullable=False, server_default=""))
    with op.batch_alter_table("users") as users:
        users.alter_column("language", server_default=None)
    with op.batch_alter_table("api_tokens") as tokens:  # after `users` was made anew
        tokens.create_foreign_key("fk_api_tokens_username_users", "users", ["username"], ["username"])
        tokens.create_index("ix_api_tokens_username", ["username"])
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("stage", sa.String(8), nullable=False))
        sessions.add_column(sa.Column("address", sa.String(64), nullable=False))
        sessions.add_column(sa.Column("device", sa.String(64), nullable=False))
        sessions.add_column(sa.Column("seen_at", _TIME, nullable=False))
    op.create_table(
        "second_factors",
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("enrolled_at", _TIME, nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name="fk_second_factors_username_users"),
        sa.PrimaryKeyConstraint("username", name="pk_second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name="fk_recovery_codes_username_users"),
        sa.PrimaryKeyConstraint("username", "code_hash", name="pk_recovery_codes"),
    )


def downgrade() -> None:
    """Take back; of each account the newest token stays."""
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.execute("DELETE FROM sessions")
    with op.batch_alter_table("sessions") as sessions:
        for name in ("stage", "address", "device", "seen_at"):
            sessions.drop_column(name)
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.drop_constraint("fk_api_tokens_username_users", type_="foreignkey")
    with op.batch_alter_table("users") as users:
        users.drop_column("language")
        users.add_column(sa.Column("token_hash", sa.String(64), nullable=True))
        users.create_unique_constraint("uq_users_token_hash", ["token_hash"])
    op.execute(
        "UPDATE users SET token_hash = (SELECT token_hash FROM api_tokens WHERE api_tokens.username = users.username"
        " AND revoked_at IS NULL ORDER BY created_at DESC LIMIT 1)"
    )
    op.drop_table("api_tokens")
