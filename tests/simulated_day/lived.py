"""A day as it was lived: every call with what truly became of it, written down while it happens."""

from dataclasses import dataclass, field
from random import Random

from tests.simulated_day.room import first_free, rest, twenty_operators
from tests.simulated_day.script import STEPS, TO_A_PERSON, Caller, Wish, callers

_OUTCOMES = ("informed", "case_opened", "case_followed", "wrong_number")
CALLBACK_AFTER, MESSAGE_AFTER, SENT_AWAY_AFTER = 45, 90, 240


@dataclass
class Lived:
    """One call. `fate` and `waited` are the truth; None: never asked for a person."""

    linkedid: str
    caller: Caller
    way: tuple = ()
    steps: list = field(default_factory=list)
    queued_at: int | None = None
    answered_at: int | None = None
    ended_at: int = 0
    operator: str | None = None
    outcome: str = ""
    fate: str | None = None
    waited: int | None = None
    parts: list = field(default_factory=list)  # (extension, kind, began, ended)
    wrap_ups: list = field(default_factory=list)  # (extension, began, ended, outcome)


class LivedDay:
    """Plays the script against the operators."""

    def __init__(self, seed: int, calls: int, day_seconds: int, callback_outcome: str | None):
        self.chance = Random(seed)  # noqa: S311  a simulation
        self.day_seconds = day_seconds
        self.callback_outcome = callback_outcome
        self.operators = twenty_operators()
        self.script = callers(seed, calls, day_seconds)
        self.calls = [Lived(f"day-{seed}.{number}", one) for number, one in enumerate(self.script)]
        for call in self.calls:
            self._menu(call)
        waiting = [call for call in self.calls if call.queued_at is not None]
        for call in sorted(waiting, key=lambda call: (call.queued_at, call.linkedid)):
            self._queue(call)
        for one in self.operators:
            one.finish()

    def _menu(self, call: Lived):
        caller = call.caller
        steps, way, outcome = STEPS.get(caller.wish, TO_A_PERSON)
        chosen = caller.wish not in (Wish.REFUSED, Wish.LEAVES_AT_LANGUAGE)
        call.way = ((f"language {caller.language}", *way)) if chosen else ()
        call.steps = [("language", caller.language, ""), *steps] if chosen else []
        end = caller.at + caller.menu_seconds
        if caller.wish in STEPS:
            call.ended_at, call.outcome = end, outcome
        else:
            call.queued_at = end

    def _queue(self, call: Lived):
        wish, began = call.caller.wish, call.queued_at
        limit = {
            Wish.PERSON: call.caller.patience,
            Wish.CALLBACK: CALLBACK_AFTER,
            Wish.MESSAGE: MESSAGE_AFTER,
            Wish.SENT_AWAY: SENT_AWAY_AFTER,
        }[wish]
        end, moment, refused = began + limit, began, set()
        while True:
            found = first_free(self.operators, moment, refused)
            if found is None or found[0] >= end:
                return self._give_up(call, end)
            rings, operator = found
            operator.rings += 1
            refuses = self.chance.random() < 0.06
            ringing = 12 if refuses else self.chance.randint(1, 8)
            if rings + ringing > end:
                operator.busy(rings, end, "ringing", call.linkedid)
                operator.rings_not_taken += 1
                return self._give_up(call, end)
            operator.busy(rings, rings + ringing, "ringing", call.linkedid)
            if not refuses:
                return self._talk(call, operator, rings + ringing)
            operator.rings_not_taken += 1
            refused.add(operator.extension)
            moment = rings + ringing

    def _give_up(self, call: Lived, end: int):
        call.ended_at, call.waited = end, end - call.queued_at
        match call.caller.wish:
            case Wish.PERSON:
                call.outcome = "abandoned_queue"
                call.fate = "short" if call.waited < 5 else "abandoned"
            case Wish.CALLBACK if self.callback_outcome:
                call.outcome, call.fate = self.callback_outcome, "callback"
            case Wish.CALLBACK | Wish.MESSAGE:
                call.outcome, call.fate = "message_left", "message"
            case _:
                call.outcome, call.fate = "after_hours", "let_go"

    def _talk(self, call: Lived, operator, answered: int):
        caller = call.caller
        call.answered_at, call.operator, call.outcome = answered, operator.extension, "operator"
        call.fate, call.waited = "answered", answered - call.queued_at
        now = answered
        for kind, length in (("talk", caller.talk[0]), ("hold", caller.hold), ("talk", caller.talk[1])):
            if length:
                call.parts.append((operator.extension, kind, now, now + length))
                now += length
        other = first_free(self.operators, now, {operator.extension}) if caller.passed_on else None
        if other is not None and other[0] == now:
            now = self._pass_on(call, operator, other[1], answered, now)
        else:
            self._wrap_up(call, operator, answered, now)
        call.ended_at = now

    def _pass_on(self, call: Lived, operator, other, answered: int, now: int) -> int:
        """Ask a colleague while the caller is held: he takes over, joins in, or has only been asked."""
        asked = now + 3 + self.chance.randint(5, 25)
        other.rings += 1
        other.busy(now, now + 3, "ringing", call.linkedid)
        call.parts.append((operator.extension, "consult", now, asked))
        call.parts.append((other.extension, "consult", now + 3, asked))
        last = asked + self.chance.randint(20, 200)
        match call.caller.passed_on:
            case "transfer":
                call.parts.append((other.extension, "talk", asked, last))
                self._wrap_up(call, operator, answered, asked)
                self._wrap_up(call, other, now + 3, last)
            case "conference":
                call.parts.append((operator.extension, "conference", asked, last))
                call.parts.append((other.extension, "conference", asked, last))
                self._wrap_up(call, operator, answered, last)
                self._wrap_up(call, other, now + 3, last)
            case _:
                call.parts.append((operator.extension, "talk", asked, last))
                other.busy(now + 3, asked, "talking", call.linkedid)
                self._wrap_up(call, operator, answered, last)
        return last

    def _wrap_up(self, call: Lived, operator, talking: int, ended: int):
        operator.busy(talking, ended, "talking", call.linkedid)
        done = ended + call.caller.wrap_up
        operator.busy(ended, done, "wrapup", call.linkedid)
        outcome = "" if self.chance.random() < 0.03 else self.chance.choice(_OUTCOMES)
        call.wrap_ups.append((operator.extension, ended, done, outcome))
        rest(operator, self.chance)
