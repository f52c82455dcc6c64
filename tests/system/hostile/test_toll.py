"""Toll fraud: whatever is dialled on the public line, only our own number leads anywhere, and nothing leads out."""

from __future__ import annotations

import pytest

from asterisk_conf.dialplan import parse_dialplan
from asterisk_conf.lint import OUTWARD, lint_dialplan, reachable
from calls.ids import parse_linked_id
from calls.phones import PhoneKind, endpoint_of
from cases.town_loader import load_town
from centrala.outside_lines import outside_lines

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

DIALLED = [
    *("2001", "2005", "00381641234567", "0641234567", "192", "*71", "*72", "*43", "s", "T", "i", "h", "listener"),
    *("operators", "order-call", "after-ivr", "queue", "311%2F1", "311%40operators", "%24%7BEXTEN%7D", "311%26PJSIP"),
    *("9" * 200, "%00", "PJSIP%2F2001", "fallback", "_X.", "311%0d%0a"),
]


def test_no_other_number_gets_a_channel(attacked, sipp):
    before = attacked.rows("select count(*) as n from calls")[0]["n"]
    cel = attacked.rows("select count(*) as n from cel_rows where channel like 'PJSIP/200%'")[0]["n"]
    runs = [sipp("uac_load", [["0641234567"]], service=number) for number in DIALLED[:14]]
    assert [run.finish(30).succeeded for run in runs] == [0] * len(runs)
    runs = [sipp("uac_load", [["2001"]], service=number) for number in DIALLED[14:]]
    assert [run.finish(30).succeeded for run in runs] == [0] * len(runs)
    status, live = attacked.api("GET", "/api/v1/calls?active=true", "supervisor")
    assert (status, live["total"]) == (200, 0)
    seen = attacked.rows("select linkedid, outcome, direction from calls order by arrived_at desc")
    for call in seen[: len(seen) - before]:
        parse_linked_id(call["linkedid"])
        assert call["outcome"] in ("refused", "failed"), "a refused call at most leaves the record of its refusal"
    now = attacked.rows("select count(*) as n from cel_rows where channel like 'PJSIP/200%'")[0]["n"]
    assert now == cel, "no phone of ours was rung"


def test_the_dialplan_that_runs_here_has_no_way_out(attacked):
    folder = attacked.home / "asterisk" / "etc"
    texts = {path.name: path.read_text() for path in folder.glob("*.conf") if "dialplan" in path.name}
    texts["extensions.conf"] = (folder / "extensions.conf").read_text()
    town = load_town(attacked.settings.municipality)
    trunks = [trunk.name for trunk in town.trunks] + [gateway.id for gateway in town.radio_gateways]
    phones = [endpoint_of(extension, kind) for extension in town.operator_extensions for kind in PhoneKind]
    outside = [line.dial for line in outside_lines(town)]
    assert lint_dialplan(texts, trunks, operators=phones, outside=outside) == []
    plan = parse_dialplan(texts)
    public = reachable(plan, ["from-trunk"])
    dialled = [
        step.arguments
        for context, _, _, step in plan.steps()
        if context in public and step.application in OUTWARD - {"Queue"}
    ]
    assert dialled, "operators may ring one another: the walk has seen it"
    ways = {way for argument in dialled for way in argument.split(",")[0].split("&")}
    assert ways <= {f"PJSIP/{phone}" for phone in phones}
    pjsip = (folder / "pjsip.conf").read_text()
    for trunk in town.trunks:
        section = pjsip.split(f"[{trunk.name}](voice)", 1)[1].split("\n[", 1)[0]
        assert "context = from-trunk" in section
        assert "allow_transfer = no" in section
