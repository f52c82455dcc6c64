"""How an input of Asterisk's configuration is refused. Owns the exception; must not know any input."""

from __future__ import annotations


class ConfigurationInputError(ValueError):
    """A value that must not reach a configuration file. `str(error)` says what, where and how to mend."""


def refuse_unless(fine: bool, message: str) -> None:
    """Raise ConfigurationInputError with `message` unless `fine`."""
    if not fine:
        raise ConfigurationInputError(message)
