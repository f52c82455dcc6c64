"""Prompts that programs and the dialplan name, without a flow, are prompts of the town."""

from __future__ import annotations

import re
from pathlib import Path

from ivr.prompt_texts import OUTSIDE_FLOWS, load_prompt_texts

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"""["'/(=&]((?:error|fallback|notice|order|queue|digits)\.[a-z0-9_]+)(?=["'),&\s])""")


def test_every_prompt_named_in_a_program_has_a_text():
    known = set(load_prompt_texts(ROOT / "municipality")["sr"])
    files = [
        *(ROOT / "agi").rglob("*.py"),
        *(ROOT / "dialplans").rglob("*.j2"),
        *(ROOT / "asterisk_conf").rglob("*.j2"),
    ]
    named = {(file.name, prompt) for file in files for prompt in NAMED.findall(file.read_text("utf-8"))}
    assert {prompt for _, prompt in named} >= {"fallback.message", "order.keys", "notice.saved"}
    assert {(file, prompt) for file, prompt in named if prompt not in known} == set()


def test_what_is_required_outside_flows_has_a_text():
    assert set(load_prompt_texts(ROOT / "municipality")["en"]) >= OUTSIDE_FLOWS
