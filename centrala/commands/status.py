"""`centrala status [--json]`: which processes run, and whether console and public site answer."""

from __future__ import annotations

import argparse
import json
import os
import urllib.error
import urllib.request
from typing import Any

from rich.console import Console
from rich.table import Table

from centrala.layout import Layout
from centrala.settings import Settings

SUMMARY = "show which processes run and whether they answer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return 0 when everything runs and answers, else 1."""
    status = read_status(settings)
    if arguments.json:
        print(json.dumps(status, indent=2))
    else:
        _print(status)
    return 0 if status["running"] and all(answer == "ok" for answer in status["answers"].values()) else 1


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answer(bind: str) -> str:
    try:
        with urllib.request.urlopen(f"http://{bind}/readyz", timeout=3) as response:
            return "ok" if response.status == 200 else f"HTTP {response.status}"
    except urllib.error.HTTPError as error:
        return f"not ready: {error.read(300).decode('utf-8', 'replace')}"
    except OSError as error:
        return f"no answer: {getattr(error, 'reason', error)}"


def read_status(settings: Settings) -> dict[str, Any]:
    """Return `{running, processes: [{name, pid, restarts, last_exit}], answers: {console, public}}`."""
    file = Layout.of(settings).run / "processes.json"
    try:
        state = json.loads(file.read_text())
    except (OSError, ValueError):
        state = {"supervisor": 0, "processes": []}
    supervised = bool(state["supervisor"]) and _alive(state["supervisor"])
    running = supervised and all(row["pid"] and _alive(row["pid"]) for row in state["processes"])
    answers = {"console": _answer(settings.console.bind), "public": _answer(settings.public_site.bind)}
    return {"running": running, "processes": state["processes"] if supervised else [], "answers": answers}


def _print(status: dict[str, Any]) -> None:
    table = Table(show_header=True, header_style="bold")
    for heading in ("process", "pid", "restarts", "last exit"):
        table.add_column(heading)
    for row in status["processes"]:
        table.add_row(row["name"], str(row["pid"] or "not running"), str(row["restarts"]), row["last_exit"])
    console = Console()
    console.print(table if status["processes"] else "Centrala does not run here; start it with ./run")
    for name, answer in status["answers"].items():
        console.print(f"{name}: {answer}")
