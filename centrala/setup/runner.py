"""Runs the steps in order and shows them. Must not know what a step does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from asterisk_conf.programs import InstallError
from calls.ports import SpeechError
from centrala.setup.step import SetupError, Step
from centrala.setup.steps import steps_of_setup

__all__ = ["SetupError", "run_setup", "run_steps"]


def run_setup(home: Path, municipality_dir: Path, with_tests: bool) -> None:
    """Do what is not done yet. `home` is `CENTRALA_HOME`. Raises SetupError with one line; may be run again at will."""
    home.mkdir(parents=True, exist_ok=True)
    run_steps(steps_of_setup(home, municipality_dir, with_tests=with_tests), Console(stderr=True))


def run_steps(steps: Sequence[Step], console: Console) -> None:
    """Do each step that is not done, in order, showing what and why. Raises SetupError naming the step."""
    for step in steps:
        try:
            if step.is_done():
                continue
            console.print(f"[bold]{step.name}[/bold]: {step.why}", highlight=False, soft_wrap=True)
            _do(step, console)
            done = step.is_done()
        except (InstallError, SpeechError, OSError, ValueError) as error:
            raise SetupError(f"{step.name}: {' '.join(str(error).split())}") from error
        if not done:
            raise SetupError(f"{step.name}: went through but is still missing; start again and look at the lines above")


def _do(step: Step, console: Console) -> None:
    if not console.is_terminal:
        step.do(_PlainProgress(console))
        return
    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(step.name, total=None)

        def show(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what[:60])

        step.do(show)


class _PlainProgress:
    """Progress in a log file: a line at each quarter, not a line per package."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown = -1

    def __call__(self, done: int, total: int, what: str) -> None:
        quarter = 4 * done // total if total else 0
        if quarter < self._shown:  # the next part of the same step starts from nothing
            self._shown = -1
        if quarter > self._shown:
            self._shown = quarter
            self._console.print(f"  {25 * quarter:3d} %  {what}", markup=False, highlight=False, soft_wrap=True)
