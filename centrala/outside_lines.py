"""From the town's files to what the PBX may ring beyond the operators' own telephones. Owns that mapping only."""

from __future__ import annotations

from asterisk_conf.models import OutsideLine
from calls.conversation import Target, TargetKind
from cases.town import LONGEST_EXTENSION, Town


def dial_string(town: Town, number: str) -> str | None:
    """Return how the PBX rings a number: an inside telephone, or a line that can call out; None: none can."""
    if len(number) <= LONGEST_EXTENSION:
        return f"PJSIP/{number}"
    trunk = next((trunk for trunk in town.trunks if trunk.server is not None), None)
    return f"PJSIP/{number}@{trunk.name}" if trunk else None


def callable_targets(town: Town) -> tuple[tuple[Target, str, str], ...]:
    """Return (target, name for showing, dial string) of each telephone to which a caller may be put through.

    Duty telephones count from 1; their name is the number itself. What no line can call is left out.
    """
    duty = [
        (Target(TargetKind.DUTY, str(place)), number, number) for place, number in enumerate(town.duty_phones, start=1)
    ]
    bodies = [
        (Target(TargetKind.ORGANISATION, body.id), body.name, body.phone)
        for body in town.organisations
        if body.phone is not None
    ]
    lines = [(target, name, dial_string(town, number)) for target, name, number in (*duty, *bodies)]
    return tuple((target, name, dial) for target, name, dial in lines if dial is not None)


def outside_lines(town: Town) -> tuple[OutsideLine, ...]:
    """Return the allow-list for the dialplan."""
    return tuple(OutsideLine(target.word, dial) for target, _, dial in callable_targets(town))
