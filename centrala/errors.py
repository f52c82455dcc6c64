"""How a command fails: with one line that says what, where and how to mend it."""


class CommandFailed(Exception):
    """The command could not do its work: exit code 1."""


class WrongUsage(Exception):
    """What was asked for or configured is wrong: exit code 2."""
