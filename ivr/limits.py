"""Limits of the flow engine: no flow, however wrong, keeps a caller or a server for ever."""

from __future__ import annotations

from typing import Final

MAX_STEPS_PER_TURN: Final = 100
"""Nodes entered between two waits."""

MAX_TURNS_PER_CALL: Final = 200
"""Waits answered in one call."""

MAX_PATH: Final = 40
"""Steps kept in a session; the journal has them all."""

LONGEST_SILENCE_S: Final = 5.0
"""Seconds of silence after which a caller must hear something."""

HUMAN_QUEUE: Final = "operators"
"""Where a caller goes when a flow fails or its limits are reached."""
