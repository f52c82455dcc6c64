"""The table of a simulated day, for people and for programs. Owns its columns; must not know how anything was found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from centrala.drill.day_effort import DayResult
from centrala.drill.day_reports import Compared, shown

_OPERATOR: Final = "operator "


def as_markdown(result: DayResult, *, whole: bool = True) -> str:
    """Return the sums in a sentence, the findings, and every figure; of operators' own figures one line each."""
    lines = [as_sentence(result), "", *(f"- {finding}" for finding in result.findings)]
    if whole:
        lines += ["", "| figure | truth | reports | |", "| --- | --- | --- | --- |"]
        lines += [_row(one) for one in result.compared if not one.name.startswith(_OPERATOR)]
        lines += [_sum(name, own) for name, own in _of_operators(result.compared).items()]
    return "\n".join(lines)


def as_sentence(result: DayResult) -> str:
    """Return what was done and what was found."""
    calls, effort, verdict = result.truth.calls, result.effort, result.verdict
    touched = sum(not (call.sure and call.way_sure) for call in calls)
    wrong = sum(not one.agrees for one in result.compared)
    return (
        f"{len(calls)} calls, {effort.operators} operators ({effort.browsers} at a browser, {result.refreshed} times "
        f"loaded anew in mid-call), {effort.rate:g} calls a second, "
        f"{result.seconds / 60:.0f} minutes, seed {effort.seed}; faults: {', '.join(effort.faults) or 'none'}. "
        f"Calls that a fault touched: {touched}. Figures compared: {len(result.compared)}, different: {wrong}; "
        f"strange: {len(result.strange)}, lost {len(verdict.lost)}, unaccounted {len(verdict.unaccounted)}, "
        f"doubled {len(verdict.doubled)}, recordings at fault {len(verdict.recordings)}, broken {len(verdict.broken)}."
    )


def as_json(result: DayResult) -> str:
    """Return everything, findings in full."""
    figures = [
        {"name": one.name, "low": one.true.low, "high": one.true.high, "told": one.told, "agrees": one.agrees}
        for one in result.compared
    ]
    return json.dumps({"summary": as_sentence(result), "findings": result.findings, "figures": figures}, indent=2)


def _row(one: Compared) -> str:
    told = "–" if one.told is None else f"{one.told:.1f}".removesuffix(".0")
    return f"| {one.name} | {shown(one.true)} | {told} | {'' if one.agrees else 'differs'} |"


def _of_operators(compared: Sequence[Compared]) -> dict[str, list[Compared]]:
    found: dict[str, list[Compared]] = {}
    for one in compared:
        if one.name.startswith(_OPERATOR):
            found.setdefault(one.name.split(" ", 2)[2], []).append(one)
    return found


def _sum(name: str, own: Sequence[Compared]) -> str:
    low, high = sum(one.true.low for one in own), sum(one.true.high for one in own)
    told = sum(one.told or 0.0 for one in own)
    wrong = sum(not one.agrees for one in own)
    differ = f"{wrong} differ" if wrong else ""
    return f"| {name}, Σ of {len(own)} operators | {low:.0f} to {high:.0f} | {told:.0f} | {differ} |"
