"""Texts of recordings: whether there is one, and how often it failed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recording_texts",
        sa.Column("recording_id", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("made_at", _TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", _TIME, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", name="pk_recording_texts"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_recording_texts_recording_id_recordings"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("recording_texts")
