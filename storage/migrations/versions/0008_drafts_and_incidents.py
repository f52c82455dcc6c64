"""Drafts of cases on the server; incidents that several cases belong to."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "case_drafts",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_case_drafts"),
    )
    op.create_index("ix_case_drafts_username", "case_drafts", ["username"])
    op.create_index("ix_case_drafts_updated_at", "case_drafts", ["updated_at"])
    op.create_table(
        "incidents",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("lead_case", sa.String(20), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("opened_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.UniqueConstraint("lead_case", name="uq_incidents_lead_case"),
        sa.ForeignKeyConstraint(["lead_case"], ["cases.number"], name="fk_incidents_lead_case_cases"),
    )
    op.create_table(
        "incident_cases",
        sa.Column("case_number", sa.String(20), nullable=False),
        sa.Column("incident_id", _BIG_ID, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("joined_at", _TIME, nullable=False),
        sa.Column("joined_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("case_number", name="pk_incident_cases"),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name="fk_incident_cases_case_number_cases"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_incident_cases_incident_id_incidents"),
    )
    op.create_index("ix_incident_cases_incident_id", "incident_cases", ["incident_id"])


def downgrade() -> None:
    """Take back."""
    for table in ("incident_cases", "incidents", "case_drafts"):
        op.drop_table(table)
