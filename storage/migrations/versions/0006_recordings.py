"""Pauses, legal holds and marks of recordings; which queues somebody may hear."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recording_gaps",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("linkedid", sa.String(64), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("ended_how", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_gaps"),
    )
    op.create_index("ix_recording_gaps_linkedid", "recording_gaps", ["linkedid"])
    op.create_index("ix_recording_gaps_open", "recording_gaps", ["ended_at"])
    op.create_table(
        "recording_holds",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("recording_id", sa.String(64), nullable=True),
        sa.Column("case_number", sa.String(20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", _TIME, nullable=False),
        sa.Column("placed_by", sa.String(64), nullable=False),
        sa.Column("released_at", _TIME, nullable=True),
        sa.Column("released_by", sa.String(64), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name="fk_recording_holds_case_number_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_recording_holds"),
    )
    op.create_index("ix_recording_holds_recording_id", "recording_holds", ["recording_id"])
    op.create_index("ix_recording_holds_case_number", "recording_holds", ["case_number"])
    op.create_table(
        "recording_marks",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("recording_id", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("written_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_recording_marks_recording_id_recordings"),
        sa.PrimaryKeyConstraint("id", name="pk_recording_marks"),
    )
    op.create_index("ix_recording_marks_recording_id", "recording_marks", ["recording_id"])
    op.create_table(
        "hearing_queues",
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name="fk_hearing_queues_username_users"),
        sa.PrimaryKeyConstraint("username", "queue", name="pk_hearing_queues"),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("hearing_queues", "recording_marks", "recording_holds", "recording_gaps"):
        op.drop_table(table)
