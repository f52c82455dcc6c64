"""A step on a case, checked for whoever asks. Owns the refusal; the rules are the table's (`cases/lifecycle.py`)."""

from __future__ import annotations

from agent_console.problems import Problem
from cases.lifecycle import IllegalTransition, NoteMissing, Role, Status, check_transition


def check_step(current: Status, target: Status, role: str, note: str = "") -> None:
    """Return when the account's role may do it. Raises Problem otherwise."""
    try:
        check_transition(current, target, Role(role), note)
    except NoteMissing as error:
        raise Problem(409, "illegal_transition", str(error), field="note", reason="note_missing") from error
    except IllegalTransition as error:
        raise Problem(409, "illegal_transition", str(error), reason="no_such_step") from error
