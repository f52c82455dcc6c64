"""The steps of set-up, in order, with the reason of each. Must not know how steps are run or shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from asterisk_conf.host_archive import host_mirror
from asterisk_conf.installation import (
    find_asterisk,
    find_tool,
    finish_with_espeak,
    install_from_archive,
    install_private_asterisk,
    refused_asterisk,
    speech_dir,
)
from asterisk_conf.private_tree import make_tree
from centrala.setup.bundle import build_bundle, is_bundled
from centrala.setup.prompts import build_prompts, prompts_are_current
from centrala.setup.step import Progress, Step
from centrala.setup.tools_for_tests import install_as_root, install_test_tools, missing_tools


def steps_of_setup(home: Path, municipality_dir: Path, *, with_tests: bool) -> Sequence[Step]:
    """Return all steps; `with_tests` adds the programs that only the test suite needs."""
    steps = [
        Step(
            "Asterisk",
            refused_asterisk(home) or "the telephone exchange; none is installed here",
            lambda: find_asterisk(home) is not None,
            partial(_install_asterisk, home),
        ),
        Step(
            "espeak-ng",
            "speaks the prompts that nobody has recorded",
            lambda: find_tool(home, "espeak-ng") is not None,
            partial(_install_espeak, home),
        ),
        Step(
            "Prompts",
            "every sentence of the menu in every language, as sound files",
            lambda: prompts_are_current(home, municipality_dir),
            partial(build_prompts, home, municipality_dir),
        ),
        Step(
            "Scripts",
            "the console's scripts in one bundle, so that no page needs the internet",
            is_bundled,
            build_bundle,
        ),
    ]
    if with_tests:
        missing = missing_tools(home)
        wanted = ", ".join(f"{tool.program} ({tool.why})" for tool in missing)
        steps.append(
            Step(
                "Test tools",
                wanted,
                lambda: not missing_tools(home),
                partial(install_test_tools, home),
            )
        )
    return steps


def _install_asterisk(home: Path, progress: Progress) -> None:
    if not install_from_archive(progress):
        install_private_asterisk(home, progress)


def _install_espeak(home: Path, progress: Progress) -> None:
    if os.geteuid() == 0:
        install_as_root(["espeak-ng"], progress)
        return
    mirror = host_mirror()
    make_tree(
        speech_dir(home),
        mirror=mirror,
        suites=(mirror.codename,),
        packages=("espeak-ng",),
        finish=finish_with_espeak,
        progress=progress,
    )
