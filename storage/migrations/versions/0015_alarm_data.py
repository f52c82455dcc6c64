"""What an alarm's sentence names (a case, a count), so that a page can say it in its own language."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAMED = (
    re.compile(r"Nalog za predmet (?P<case>\S+) nije uručen"),
    re.compile(r"\w+ for (?P<recipient>\S+) was not delivered"),
)
"""Alarms that nothing says anew, as they were worded until now. The others get theirs with the next look."""


def upgrade() -> None:
    """Apply."""
    op.add_column("alarms", sa.Column("data", sa.JSON(), nullable=False, server_default="{}"))
    alarms = sa.table("alarms", sa.column("id"), sa.column("text"), sa.column("data", sa.JSON()))
    connection = op.get_bind()
    for name, text in connection.execute(sa.select(alarms.c.id, alarms.c.text)).all():
        found = next((match for one in _NAMED if (match := one.match(text))), None)
        if found is not None:
            data = sa.update(alarms).where(alarms.c.id == name).values(data=found.groupdict())
            connection.execute(data)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("alarms") as table:
        table.drop_column("data")
