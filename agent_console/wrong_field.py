"""What does not fit a body's shape, as a problem. Owns which words each kind of misfit has for a person at a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from agent_console.problems import Problem

REASONS: Final[Mapping[str, str]] = {
    "missing": "field_missing",
    "string_too_long": "field_too_long",
    "string_too_short": "field_too_short",
    "too_long": "field_too_many",
    "too_short": "field_too_few",
    "greater_than_equal": "field_too_small",
    "less_than_equal": "field_too_large",
    "int_type": "field_not_number",
    "int_parsing": "field_not_number",
    "int_from_float": "field_not_number",
    "float_type": "field_not_number",
    "float_parsing": "field_not_number",
    "finite_number": "field_not_number",
    "literal_error": "field_not_listed",
}
"""Pydantic's kind of error → reason."""
OTHER: Final = "field_wrong"
"""Any other kind: a program's mistake more than a person's."""

_LIMITS: Final = {"max_length": "most", "min_length": "least", "ge": "least", "le": "most", "expected": "known"}


def wrong_field(error: ValidationError) -> Problem:
    """Return the problem that names the first wrong field."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    given = {_LIMITS[key]: value for key, value in first.get("ctx", {}).items() if key in _LIMITS}
    limits = {key: value if isinstance(value, int) else str(value) for key, value in given.items()}
    reason = REASONS.get(first["type"], OTHER)
    return Problem(422, "invalid_field", f"{name}: {first['msg']}", field=name, reason=reason, **limits)
