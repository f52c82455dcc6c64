"""Twenty operators through a day: shifts over midnight, a crash at noon, refusals, pauses. Keeps two kinds of books.

`intervals` and `sessions` become stored rows. `second` is the truth: a letter for every second of the day and its
edges, painted as things happen, so that time is counted by counting letters.
"""

from dataclasses import dataclass, field
from random import Random

FROM, UNTIL = -4 * 3600, 36 * 3600
LETTERS = {"ready": b"r", "paused": b"p", "ringing": b"i", "talking": b"t", "wrapup": b"w"}
_RESERVE = 1800
_HOUR = 3600


@dataclass
class Operator:
    """One telephone. Times are seconds since local midnight. `crash_at`: when the console dies, if it does."""

    extension: str
    username: str
    shift: tuple[int, int]
    crash_at: int | None = None
    left_open: bool = False
    free_at: int = 0
    crashed: bool = False
    sessions: list[list] = field(default_factory=list)  # [id, began, ended or None, reason]
    intervals: list[tuple] = field(default_factory=list)  # (began, ended, activity, reason, linkedid)
    second: bytearray = field(default_factory=lambda: bytearray(b"." * (UNTIL - FROM)))
    rings: int = 0
    rings_not_taken: int = 0

    def sign_in(self):
        self.sessions.append([f"{self.extension}-1", self.shift[0], self.shift[1], "offline"])
        self._paint(self.shift[0], self.shift[1], "ready")
        self.free_at = self.shift[0]

    def can_begin(self, moment):
        """Return when this operator could take a call asked for at `moment`, None when not in this shift."""
        if self.crash_at is not None and not self.crashed and max(self.free_at, moment) >= self.crash_at:
            self._crash()
        began = max(self.free_at, moment)
        return began if self.shift[0] <= began and began + _RESERVE <= self.shift[1] else None

    def busy(self, began, ended, activity, linkedid=None, reason=""):
        assert began >= self.free_at, "an operator cannot be in two places"
        self.free_at = max(ended, began)
        if ended > began:
            self.intervals.append((began, ended, activity, reason, linkedid))
            self._paint(began, ended, activity)

    def finish(self):
        if self.crash_at is not None and not self.crashed:
            self._crash()

    def _crash(self):
        """The console dies between two calls; twelve seconds later there is a second login."""
        at = max(self.free_at, self.crash_at)
        again = at + 12
        first = self.sessions[0]
        first[2], first[3] = (None, "") if self.left_open else (at, "replaced")
        self.sessions.append([f"{self.extension}-2", again, self.shift[1], "offline"])
        if not self.left_open:
            self._paint(at, again, None)
        self.free_at, self.crashed = again, True

    def _paint(self, began, ended, activity):
        letter = LETTERS[activity] if activity else b"."
        self.second[began - FROM : ended - FROM] = letter * (ended - began)

    def seconds(self, since, until):
        """Return how many seconds of each activity lie in a stretch of time: counted letter by letter."""
        painted = bytes(self.second[since - FROM : until - FROM])
        return {name: painted.count(letter) for name, letter in LETTERS.items()}


def twenty_operators():
    """Return the operators: nights that began yesterday and that end tomorrow, mornings, days, afternoons."""
    shifts = [(-2, 6)] * 3 + [(6, 14)] * 6 + [(8, 16)] * 5 + [(14, 22)] * 4 + [(22, 30)] * 2
    found = [
        Operator(str(2001 + number), f"operator{number + 1:02d}", (began * _HOUR, ended * _HOUR))
        for number, (began, ended) in enumerate(shifts)
    ]
    for number, left_open in ((9, True), (10, False), (0, True)):
        one = found[number]
        one.crash_at, one.left_open = (one.shift[0] + one.shift[1]) // 2, left_open
    for one in found:
        one.sign_in()
    return found


def first_free(operators, moment, without):
    """Return (when, operator) of whoever can take a call first, None when nobody can."""
    found = [(one.can_begin(moment), one.extension, one) for one in operators if one.extension not in without]
    ready = [entry for entry in found if entry[0] is not None]
    return (min(ready)[0], min(ready)[2]) if ready else None


def rest(operator, chance: Random):
    """Perhaps take a pause after a call."""
    if chance.random() < 0.04:
        length = chance.randint(120, 900)
        if operator.free_at + length + 60 < operator.shift[1]:
            reason = chance.choice(("pauza", "obrok", "obrada"))
            operator.busy(operator.free_at, operator.free_at + length, "paused", reason=reason)
