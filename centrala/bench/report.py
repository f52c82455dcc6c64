"""The table that a person reads. Owns its looks; every figure in it comes from `results`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from centrala.bench.arithmetic import Spread, percentile
from centrala.bench.results import Results, Round


def report(results: Results) -> RenderableType:
    """Return everything as tables."""
    parts: list[RenderableType] = []
    if results.unfit:
        parts.append(f"[bold red]Not fit for comparison:[/] {'; '.join(results.unfit)}")
    for title, rounds in (("signalling menu", results.signalling), ("realistic menu", results.realistic)):
        if rounds:
            parts.append(_costs(results, title, rounds))
    if results.first_prompt:
        parts.append(_prompts(results))
    parts.append(_verdicts(results))
    parts += results.notes
    return Group(*parts)


def _costs(results: Results, title: str, rounds: Sequence[Round]) -> Table:
    table = Table(
        title=f"Processor time per call, {title}, {len(rounds)} rounds (median of those without a failed call)",
        title_justify="left",
    )
    for heading in (
        "",
        "engine",
        "Asterisk ms",
        "servers ms",
        "all ms",
        "x dialplan (min-max)",
        "failed",
        "sent again",
    ):
        table.add_column(heading, justify="left" if heading in ("", "engine") else "right")
    for letter, name in results.engines.items():
        costs = [one[letter] for one in rounds if letter in one]
        whole = [cost for cost in costs if not cost.failed]
        if not whole:
            troubles = str(sum(cost.failed for cost in costs)), str(sum(cost.retransmissions for cost in costs))
            table.add_row(letter, name, *["-"] * 4, *(troubles if costs else ("-", "-")))
            continue
        servers = [Spread.of(values).median for values in zip(*(cost.servers for cost in whole), strict=True)]
        ratio = results.ratio(rounds, letter)
        table.add_row(
            letter,
            name,
            f"{Spread.of([cost.asterisk for cost in whole]).median:.2f}",
            " + ".join(f"{value:.2f}" for value in servers) or "-",
            f"{Spread.of([cost.total for cost in whole]).median:.2f}",
            f"{ratio.median:.2f} ({ratio.least:.2f}-{ratio.greatest:.2f})" if ratio else "-",
            str(sum(cost.failed for cost in costs)),
            str(sum(cost.retransmissions for cost in costs)),
        )
    return table


def _prompts(results: Results) -> Table:
    table = Table(title="INVITE to the first sound at the caller's ear", title_justify="left")
    for heading in ("engine", "p50 ms", "p99 ms", "calls"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for letter, values in results.first_prompt.items():
        name = f"{letter} {results.engines[letter]}"
        table.add_row(name, f"{percentile(values, 0.5):.1f}", f"{percentile(values, 0.99):.1f}", str(len(values)))
    if results.pops:
        values = results.pops
        name = "ring to pop in the browser"
        table.add_row(name, f"{percentile(values, 0.5):.1f}", f"{percentile(values, 0.99):.1f}", str(len(values)))
    if results.busy_pops and results.busy_pops.ms:
        values = results.busy_pops.ms
        name = f"the same, {results.busy_pops.pages} pages, {results.busy_pops.rate:.0f} calls/s"
        table.add_row(name, f"{percentile(values, 0.5):.1f}", f"{percentile(values, 0.99):.1f}", str(len(values)))
    for name, one in results.fan_out.items():
        if one.ms:
            row = f"one event to {one.listeners} pages: {name}"
            table.add_row(row, f"{percentile(one.ms, 0.5):.1f}", f"{percentile(one.ms, 0.99):.1f}", str(len(one.ms)))
    return table


def _verdicts(results: Results) -> Table:
    table = Table(title="Promises", title_justify="left")
    for heading in ("promise", "found", ""):
        table.add_column(heading)
    words = {True: "[green]kept[/]", False: "[bold red]missed[/]", None: "not measured"}
    for verdict in results.verdicts():
        table.add_row(verdict.promise, verdict.found, words[verdict.kept])
    for letter, rates in sorted(results.clean_rates.items()):
        found = ", ".join(f"{rate:.0f}" for rate in sorted(rates))
        table.add_row(f"highest clean rates, {letter} {results.engines[letter]}", f"{found} calls/s", "")
    return table
