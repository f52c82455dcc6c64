"""A tiny day whose books are written by hand: what tests of its judging share."""

from centrala.drill.day_books import Ring, Seen, Stretch, WrappedUp
from centrala.drill.day_script import Caller, Plan

NOON = 1_800_000_000.0
WAY = ("language 1", "language sr", "main 0")


def person(number, plan=Plan.PERSON, **others):
    return Caller(number, plan, "w1w0", 0, "sr", WAY, outcome="informed", **others)


def waited(number, *, at=0.0, left=None, served=None):
    """A caller who called at `at`, was in the queue 6 s later and left or was hung up on."""
    began = NOON + at
    ended = began + (left if left is not None else served)
    return Seen(number, began, began + 0.2, [began + 2.7, began + 5.5], ended, served=served is not None)


def ring(extension, number, at, *, answered=0.0, ended=0.0, **others):
    moments = [NOON + one if one else 0.0 for one in (at, answered, ended)]
    return Ring(extension, number, *moments, **others)


def wrapped(extension, number, began, done, outcome="informed"):
    return WrappedUp(extension, number, NOON + began, NOON + done, NOON + done + 0.1, outcome)


def session(extension, began, ended, what="session"):
    return Stretch(extension, what, (NOON + began, NOON + began + 0.1), (NOON + ended, NOON + ended + 0.1))
