"""The table of a drill, for people and for programs. Owns its columns; must not know how anything was found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from centrala.drill.cell import Result

HEADINGS: Final = (
    "row",
    "fault",
    "times",
    "calls",
    "cases",
    "lost",
    "unaccounted",
    "doubled",
    "recordings",
    "broken",
    "dead air > 3 s",
    "longest silence",
    "back after (median / longest)",
)


def cells(result: Result) -> tuple[str, ...]:
    """Return one line of the table."""
    verdict = result.verdict
    back = sorted(result.recoveries)
    counts = (verdict.lost, verdict.unaccounted, verdict.doubled, verdict.recordings, verdict.broken, verdict.dead_air)
    return (
        str(result.row or "–"),
        result.fault,
        str(result.times),
        str(verdict.calls),
        str(verdict.cases),
        *(str(len(found)) for found in counts),
        f"{verdict.longest:.1f} s",
        f"{back[len(back) // 2]:.1f} / {back[-1]:.1f} s" if back and back[-1] else "–",
    )


def kills(results: Iterable[Result]) -> dict[str, int]:
    """Return how often each process was killed."""
    counted: Counter[str] = Counter()
    for result in results:
        for name in result.kills:
            counted[name] += result.times
    return dict(counted)


def as_markdown(results: Sequence[Result]) -> str:
    """Return the table for docs/faults.md, and the sums below it."""
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + " --- |" * len(HEADINGS)]
    lines += ["| " + " | ".join(cells(result)) + " |" for result in results]
    return "\n".join([*lines, "", as_sentence(results)])


def as_sentence(results: Sequence[Result]) -> str:
    """Return the sums in one sentence."""
    verdicts = [result.verdict for result in results]
    killed = ", ".join(f"{name} {count}×" for name, count in kills(results).items())
    return (
        f"{sum(one.calls for one in verdicts)} calls, {sum(one.cases for one in verdicts)} cases; killed: "
        f"{killed or 'nothing'}; lost {sum(len(one.lost) for one in verdicts)}, "
        f"unaccounted {sum(len(one.unaccounted) for one in verdicts)}, "
        f"doubled {sum(len(one.doubled) for one in verdicts)}, "
        f"recordings at fault {sum(len(one.recordings) for one in verdicts)}, "
        f"calls broken {sum(len(one.broken) for one in verdicts)}, "
        f"dead air {sum(len(one.dead_air) for one in verdicts)}."
    )


def as_json(results: Sequence[Result]) -> str:
    """Return everything, findings in full."""
    rows = [
        {
            "row": result.row,
            "fault": result.fault,
            "times": result.times,
            "kills": list(result.kills),
            "calls": result.verdict.calls,
            "cases": result.verdict.cases,
            "findings": list(result.verdict.findings),
            "longest_silence": round(result.verdict.longest, 2),
            "back_after": [round(one, 2) for one in result.recoveries],
            "seconds": round(result.seconds, 1),
        }
        for result in results
    ]
    return json.dumps({"killed": kills(results), "cells": rows}, indent=2)
