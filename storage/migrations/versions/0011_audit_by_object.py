"""What was done to one object is found without reading the whole audit log."""

from collections.abc import Sequence

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_audit_object", "audit", ["object"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_audit_object", table_name="audit")
