"""All that the server knows of an operator; a row of activity is known by its session and its beginning."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("operator_states") as table:
        table.add_column(sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("operator_activity") as table:
        table.create_unique_constraint("uq_operator_activity_session_id", ["session_id", "began_at"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("operator_activity") as table:
        table.drop_constraint("uq_operator_activity_session_id", type_="unique")
    with op.batch_alter_table("operator_states") as table:
        table.drop_column("details")
