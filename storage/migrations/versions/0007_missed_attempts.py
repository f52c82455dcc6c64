"""Calling back: attempts, and how long a missed caller had waited."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.add_column("missed_calls", sa.Column("waited", sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "missed_attempts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("missed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("called", sa.String(64), nullable=False),
        sa.Column("caller_token", sa.String(64), nullable=False),
        sa.Column("linkedid", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("extension", sa.String(16), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("outcome", sa.String(24), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_missed_attempts"),
        sa.UniqueConstraint("linkedid", name="uq_missed_attempts_linkedid"),
    )
    for name in ("missed_id", "called", "caller_token"):
        op.create_index(f"ix_missed_attempts_{name}", "missed_attempts", [name])


def downgrade() -> None:
    """Undo."""
    op.drop_table("missed_attempts")
    op.drop_column("missed_calls", "waited")
