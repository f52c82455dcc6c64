"""Flows from YAML."""

from __future__ import annotations

from pathlib import Path


class Flows:
    """Validated flows by name."""


def load_flows(directory: Path) -> Flows:
    """Read every `*.yaml` in `directory`. Raises FlowError (`str` = file, line, what is wrong, how to mend)."""
    raise NotImplementedError
