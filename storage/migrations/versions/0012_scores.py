"""Scoring: forms, their versions, scores."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "score_forms",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("retired_at", _TIME, nullable=True),
        sa.Column("retired_by", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_score_forms"),
    )
    op.create_table(
        "score_form_versions",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("form_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_score_form_versions"),
        sa.ForeignKeyConstraint(["form_id"], ["score_forms.id"], name="fk_score_form_versions_form_id_score_forms"),
        sa.UniqueConstraint("form_id", "version", name="uq_score_form_versions_form_id"),
    )
    op.create_table(
        "call_scores",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("recording_id", sa.String(64), nullable=False),
        sa.Column("form_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("operator", sa.String(64), nullable=False),
        sa.Column("scored_by", sa.String(64), nullable=False),
        sa.Column("scored_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=True),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("percent", sa.Float(), nullable=False),
        sa.Column("comments", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("remarked_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call_scores"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_call_scores_recording_id_recordings"),
        sa.ForeignKeyConstraint(["form_id"], ["score_forms.id"], name="fk_call_scores_form_id_score_forms"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["score_form_versions.id"], name="fk_call_scores_version_id_score_form_versions"
        ),
        sa.UniqueConstraint("recording_id", "form_id", "scored_by", name="uq_call_scores_recording_id"),
    )
    op.create_index("ix_call_scores_operator", "call_scores", ["operator"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("call_scores")
    op.drop_table("score_form_versions")
    op.drop_table("score_forms")
