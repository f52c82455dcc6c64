"""The judge of a drill: callers ⋈ CEL ⋈ journal ⋈ database ⋈ recordings. Pure; must not know how anything was found.

Every finding is a sentence. All lists must be empty: a case lost, a call unaccounted for, anything doubled, a recording
missing or unlinked, or dead air of more than three seconds is a fault of the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from calls.outcomes import MISSED
from centrala.drill.evidence import CallerSide, CelCall, Evidence, SoundRow, Wish

DEAD_AIR_LIMIT: Final = 3.0
_EMPTY_WAV: Final = 44
_WHOLE: Final = frozenset({"complete", "repaired"})


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a fault excuses. `cut_off`: recordings may be flagged as partial; `none`: also as missing (a full disk).

    `drops`: lines may break and calls go unanswered: the exchange itself is killed.
    """

    cut_off: bool = False
    none: bool = False
    drops: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `longest`: the longest silence that any listening caller met, in seconds."""

    calls: int
    cases: int
    lost: tuple[str, ...]
    unaccounted: tuple[str, ...]
    doubled: tuple[str, ...]
    recordings: tuple[str, ...]
    broken: tuple[str, ...]
    dead_air: tuple[str, ...]
    longest: float

    @property
    def findings(self) -> tuple[str, ...]:
        """Everything that must not be."""
        return self.to_come + self.broken + self.dead_air

    @property
    def to_come(self) -> tuple[str, ...]:
        """What may still be mended by readers that have not finished."""
        return self.lost + self.unaccounted + self.doubled + self.recordings


def judge(callers: Sequence[CallerSide], found: Evidence, allowed: Allowance | None = None) -> Verdict:
    """Join all sides of the calls whose callers are given; calls of other callers are not looked at."""
    numbers = {caller.number for caller in callers}
    cel = [call for call in found.cel if call.caller in numbers]
    ids = {call.linkedid for call in cel}
    listened = [caller for caller in callers if caller.dead_air is not None]
    allowed = allowed or Allowance()
    return Verdict(
        calls=len(ids),
        cases=sum(case.linkedid in ids for case in found.cases),
        lost=tuple(_lost(callers, cel, found)),
        unaccounted=tuple(_unaccounted(callers, cel, found)),
        doubled=tuple(_doubled(cel, found)),
        recordings=tuple(_recordings(cel, found, allowed)),
        broken=() if allowed.drops else tuple(_broken(callers)),
        dead_air=tuple(
            f"{caller.number} heard nothing for {caller.dead_air:.1f} s"
            for caller in listened
            if (caller.dead_air or 0.0) > DEAD_AIR_LIMIT
        ),
        longest=max((caller.dead_air or 0.0 for caller in listened), default=0.0),
    )


def _broken(callers: Sequence[CallerSide]) -> Iterable[str]:
    for caller in callers:
        if caller.dropped or not caller.answered:
            yield f"{caller.number} was {'cut off' if caller.answered else 'not answered'}"


def _lost(callers: Sequence[CallerSide], cel: Sequence[CelCall], found: Evidence) -> Iterable[str]:
    stored = {case.number for case in found.cases}
    with_case = {case.linkedid for case in found.cases}
    calls = _by_caller(cel)
    for caller in callers:
        for number in caller.told:
            if number not in stored:
                yield f"{caller.number} was told case {number}, which does not exist"
        linkedid = calls.get(caller.number)
        if caller.wish is Wish.MESSAGE and caller.served and linkedid not in with_case:
            yield f"{caller.number} left a message to the end, and call {linkedid} has no case"
    for call in cel:
        for number in found.journal.get(call.linkedid, ()):
            if number not in stored:
                yield f"case {number} of call {call.linkedid} is in the journal only"
    for path in found.spooled:
        if not any(_is_of(path, linkedid) for linkedid in with_case):
            yield f"{path} lies in a spool and is no case"


def _unaccounted(callers: Sequence[CallerSide], cel: Sequence[CelCall], found: Evidence) -> Iterable[str]:
    calls = _by_caller(cel)
    records = {record.linkedid: record for record in found.records}
    listed = {row.linkedid for row in found.missed}
    still_open = {row.linkedid for row in found.missed if row.open}
    with_case = {case.linkedid for case in found.cases}
    for caller in callers:
        if caller.answered and caller.number not in calls:
            yield f"{caller.number} was answered, and no call of this number is in CEL"
        elif (caller.spoke or caller.dropped) and caller.answered:
            linkedid = calls[caller.number]
            record = records.get(linkedid)
            got_nothing = record is not None and record.outcome in set(MISSED)
            if caller.spoke and linkedid not in with_case and linkedid not in listed:
                yield f"{caller.number} spoke, and call {linkedid} is neither a case nor on the missed list"
            elif caller.dropped and got_nothing and linkedid not in listed:
                yield f"the line of {caller.number} broke, and call {linkedid} is not on the missed list"
    for call in cel:
        record = records.get(call.linkedid)
        if record is None:
            yield f"call {call.linkedid} has no record"
        elif not record.ended or record.outcome is None:
            yield f"the record of call {call.linkedid} has no {'outcome' if record.ended else 'end'}"
        elif record.outcome in set(MISSED) and call.linkedid not in listed:
            yield f"call {call.linkedid} ended as {record.outcome} and is not on the missed list"
        if call.linkedid in still_open and call.linkedid in with_case:
            yield f"call {call.linkedid} has a case and is still on the missed list"
    known = {call.linkedid for call in cel}
    for linkedid in found.journal.keys() & known - records.keys():
        yield f"call {linkedid} is in the journal only"


def _doubled(cel: Sequence[CelCall], found: Evidence) -> Iterable[str]:
    ids = {call.linkedid for call in cel}
    for caller, count in Counter(call.caller for call in cel).items():
        if count > 1:
            yield f"{caller} called once, and {count} calls are in CEL"
    for linkedid, count in Counter(case.linkedid for case in found.cases if case.linkedid in ids).items():
        if count > 1:
            yield f"call {linkedid} has {count} cases"
    for case in found.cases:
        if case.linkedid in ids and case.created != 1:
            yield f"case {case.number} was created {case.created} times, its timeline says"
    sounds = [sound for sound in found.sounds if sound.linkedid in ids]
    for name, counted in (
        ("path", Counter(sound.path for sound in sounds)),
        ("recording of call", Counter(sound.linkedid for sound in sounds if sound.path.startswith("calls/"))),
        ("record of call", Counter(record.linkedid for record in found.records if record.linkedid in ids)),
        ("missed call", Counter(row.linkedid for row in found.missed if row.linkedid in ids)),
    ):
        for what, count in counted.items():
            if count > 1:
                yield f"{name} {what} stands {count} times in the database"


def _recordings(cel: Sequence[CelCall], found: Evidence, allowed: Allowance) -> Iterable[str]:
    good = _WHOLE | ({"partial"} if allowed.cut_off else set()) | ({"partial", "missing"} if allowed.none else set())
    ids = {call.linkedid for call in cel}
    mine = [sound for sound in found.sounds if sound.linkedid in ids]
    recorded = {sound.linkedid: sound for sound in mine if sound.kind == "call"}
    for call in cel:
        sound = recorded.get(call.linkedid)
        if call.answered and sound is None:
            yield f"call {call.linkedid} was answered and has no recording"
    for sound in mine:
        if allowed.drops and sound.state == "missing" and sound.linkedid not in found.journal:
            continue  # killed within milliseconds of the answer: neither the menu nor the recorder had begun
        if not (allowed.none and any(_is_of(path, sound.linkedid) for path in found.spooled)):
            yield from _sound(sound, good, found.audio)
    with_message = {sound.linkedid for sound in mine if sound.kind == "message"}
    for case in found.cases:
        if case.linkedid in ids and case.linkedid not in with_message and not allowed.none:
            yield f"case {case.number} came by telephone and has no message"
    known = {sound.path for sound in found.sounds}
    for path, size in found.audio.items():
        if path not in known and size > _EMPTY_WAV:
            yield f"{path} belongs to no known call"


def _sound(sound: SoundRow, good: frozenset[str] | set[str], audio: Mapping[str, int]) -> Iterable[str]:
    if sound.state not in good:
        yield f"recording {sound.id} is {sound.state}"
    elif sound.state == "partial":  # flagged as what it is: there may be nothing in the file, but there is one
        if sound.path not in audio:
            yield f"recording {sound.id} is {sound.state}, and there is no {sound.path}"
    elif sound.state != "missing" and audio.get(sound.path, 0) <= _EMPTY_WAV:
        yield f"recording {sound.id} is {sound.state}, and {sound.path} holds no sound"


def _is_of(path: str, linkedid: str | None) -> bool:
    """Say whether a spooled sound was left by this call: its name begins with the call's id."""
    name = path.rpartition("/")[2].removesuffix(".wav")
    return name == linkedid or name.startswith(f"{linkedid}-")


def _by_caller(cel: Sequence[CelCall]) -> dict[str, str]:
    return {call.caller: call.linkedid for call in cel}
