"""Logging of the processes: one format, and no telephone number in clear whoever logged it."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

from typing_extensions import override

# A trunk-side number is at least eight digits with + or 0 before them; ids (`seconds.sequence`) do not begin so.
_NUMBER = re.compile(r"(?<![\w.])(\+\d{6,13}|0\d{7,10})(\d{2})(?![\w.])")


class NumberMask(logging.Filter):
    """Leaves the last two digits of whatever looks like a telephone number."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = _NUMBER.sub(r"…\2", text)
        if masked != text:
            record.msg, record.args = masked, None
        return True


def configure_logs(file: Path | None = None) -> None:
    """Log to a file, or to stderr, which the supervisor sends to the process's own file."""
    output = logging.StreamHandler() if file is None else logging.FileHandler(file)
    output.addFilter(NumberMask())
    logging.basicConfig(
        level=os.environ.get("CENTRALA_LOG", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[output],
        force=True,
    )
    for noisy in ("aiohttp.access", "panoramisk", "ami.client.wire", "sqlalchemy.engine.Engine", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
