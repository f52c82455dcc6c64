"""Why a try of an order came to nothing: a reason from a closed list beside the free text, and SIP's status."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REFUSED = "the call was refused: "
_WORDS = {
    "no answer from %(reason 5)": "busy",
    "no answer from %(reason 0)": "unreachable",
    "no answer from %(reason 8)": "unreachable",
    "no connection to the PBX": "unreachable",
    "hung up while the order was being read": "hung_up",
    "asked for it again too often": "asked_again",
    "the reading did not end": "reading_too_long",
    "the order could not be spoken: %": "not_spoken",
    "the order has no text": "no_text",
    "no SIP stack on this machine": "no_radio_here",
    "the sender was restarted": "interrupted",
    "imported after a restart": "told_later",
}
"""What the program wrote until now → the reason. Anything else keeps its words alone."""
_CODES = {480: "not_on_line", 486: "busy", 600: "busy", 603: "declined", 408: None, 487: None}


def upgrade() -> None:
    """Apply."""
    op.add_column("order_attempts", sa.Column("reason", sa.String(32), nullable=True))
    op.add_column("order_attempts", sa.Column("sip_code", sa.Integer(), nullable=True))
    tries = sa.table("order_attempts", sa.column("id"), sa.column("detail"), sa.column("reason"), sa.column("sip_code"))
    connection = op.get_bind()
    for words, reason in _WORDS.items():
        connection.execute(sa.update(tries).where(tries.c.detail.like(words)).values(reason=reason))
    wanted = sa.select(tries.c.id, tries.c.detail).where(tries.c.detail.like(f"{_REFUSED}%"))
    for number, detail in connection.execute(wanted).all():
        code = detail.removeprefix(_REFUSED).split(" ")[0]
        if code.isdigit():
            values = {"reason": _CODES.get(int(code), "refused"), "sip_code": int(code)}
            connection.execute(sa.update(tries).where(tries.c.id == number).values(values))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("order_attempts") as table:
        table.drop_column("sip_code")
        table.drop_column("reason")
