"""Operators' sessions and activity, parts of conversations, outcomes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "operator_sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("extension", sa.String(16), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("end_reason", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_operator_sessions"),
    )
    op.create_index("ix_operator_sessions_extension", "operator_sessions", ["extension"])
    op.create_index("ix_operator_sessions_began_at", "operator_sessions", ["began_at"])
    op.create_table(
        "operator_activity",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("extension", sa.String(16), nullable=False),
        sa.Column("activity", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("linkedid", sa.String(64), nullable=True),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["operator_sessions.id"], name="fk_operator_activity_session_id_operator_sessions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_operator_activity"),
    )
    op.create_index("ix_operator_activity_session_id", "operator_activity", ["session_id"])
    op.create_index("ix_operator_activity_linkedid", "operator_activity", ["linkedid"])
    op.create_index("ix_operator_activity_began_at", "operator_activity", ["began_at"])
    op.create_table(
        "call_segments",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("linkedid", sa.String(64), nullable=False),
        sa.Column("operator", sa.String(32), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call_segments"),
        sa.UniqueConstraint("linkedid", "operator", "kind", "began_at", name="uq_call_segments_linkedid"),
    )
    op.create_index("ix_call_segments_linkedid", "call_segments", ["linkedid"])
    op.create_index("ix_call_segments_operator", "call_segments", ["operator"])
    op.create_table(
        "wrap_ups",
        sa.Column("linkedid", sa.String(64), nullable=False),
        sa.Column("extension", sa.String(16), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("how", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("linkedid", "extension", name="pk_wrap_ups"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("wrap_ups", "call_segments", "operator_activity", "operator_sessions"):
        op.drop_table(table)
