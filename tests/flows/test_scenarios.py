"""Plays every `<flow>.<outcome>.yaml` beside this file: what the caller does in turn, and what must come of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from calls.yaml_nodes import read_yaml
from ivr.answers import Answer, CaseCreated, Failed, HungUp, Keys, LookupResult, Recorded
from ivr.context import CallContext, UrgentNotice
from ivr.engine import resume, start
from ivr.limits import LONGEST_SILENCE_S
from ivr.loader import Flows
from ivr.notice_file import load_notices
from ivr.prompts import Digits, Prompt, PromptId, Sentence, Sound
from ivr.schedule import Calendar
from ivr.session import Session
from ivr.turn import Turn
from ivr.waits import CreateCase, End, Gather, Lookup, Record

HERE = Path(__file__).parent
SCENARIOS = sorted(HERE.glob("*.yaml"))
NOTICES = load_notices(HERE.parents[1] / "municipality")


@dataclass
class Heard:
    """Everything that the engine did in one call."""

    prompts: list[str] = field(default_factory=list)
    facts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)

    def add(self, turn: Turn) -> None:
        language = turn.session.language
        said = [prompt for command in turn.commands for prompt in command.prompts]
        match turn.wait:
            case Gather(prompts=prompts, timeout_s=silence):
                assert silence <= LONGEST_SILENCE_S
                said.extend(prompts)
            case Lookup(kind=kind, args=args):
                self.asked.append({"kind": kind, **args})
            case CreateCase(draft=draft):
                shown = ("kind", "service_code", "language", "audio")
                self.drafts.append({name: getattr(draft, name) for name in shown})
            case _:
                pass
        self.prompts.extend(_name(prompt, language) for prompt in said)
        self.facts.extend((kind.value, dict(data)) for kind, data in turn.facts)
        self.saved.append(json.dumps(turn.session.to_json()))


def _name(prompt: Prompt, language: str) -> str:
    match prompt:
        case PromptId():
            return f"{prompt.id}@{prompt.language or language}"
        case Digits():
            return f"digits:{prompt.digits}"
        case Sentence():
            return f"say:{prompt.text}"
        case Sound():
            return f"sound:{prompt.path}"


def _answer(step: dict[str, Any]) -> Answer:
    match step:
        case {"keys": keys}:
            return Keys(str(keys))
        case {"silence": True}:
            return Keys("")
        case {"hangs_up": True}:
            return HungUp()
        case {"records": {"seconds": seconds, **more}}:
            return Recorded("messages/1.wav", float(seconds), bool(more.get("hung_up", False)))
        case {"case": {"number": number, "pin": pin}}:
            return CaseCreated(str(number), str(pin))
        case {"lookup": found}:
            return LookupResult(bool(found), str(found) if found else "")
        case {"fails": reason}:
            return Failed(str(reason))
        case _:
            raise ValueError(f"unknown step {step}")


def _fits(turn: Turn, answer: Answer) -> bool:
    kinds = {
        Gather: (Keys, HungUp),
        Lookup: (LookupResult, Failed, HungUp),
        Record: (Recorded, Failed),
        CreateCase: (CaseCreated, Failed),
    }
    return isinstance(answer, kinds.get(type(turn.wait), ()))


def _in_order(wanted: list[Any], found: list[Any], same: Any) -> list[Any]:
    """Return what of `wanted` does not follow, in order, in `found`."""
    rest = iter(found)
    for index, one in enumerate(wanted):
        if not any(same(one, candidate) for candidate in rest):
            return wanted[index:]
    return []


@pytest.mark.parametrize("file", SCENARIOS, ids=[file.stem for file in SCENARIOS])
def test_scenario(
    file: Path, flows: Flows, calendars: dict[str, Calendar], queue_for: Callable[[str, str, str], str]
) -> None:
    scenario, _ = read_yaml(file.read_text("utf-8"))
    calendar = calendars[scenario.get("calendar", "sample")]
    now = datetime.fromisoformat(scenario["now"])
    urgent = UrgentNotice(sound=scenario["urgent"]) if "urgent" in scenario else None
    context = CallContext(now, calendar, NOTICES, urgent, queue_for=queue_for)
    heard = Heard()

    turn = start(flows, scenario["flow"], context, scenario.get("language", ""))
    heard.add(turn)
    for number, step in enumerate(scenario["turns"], start=1):
        answer = _answer(step)
        assert _fits(turn, answer), f"turn {number} ({step}): the engine stands at {turn.session.node}, {turn.wait}"
        saved = Session.from_json(json.loads(json.dumps(turn.session.to_json())))
        assert saved.variables == turn.session.variables
        turn = resume(flows, turn.session, answer, context)
        heard.add(turn)

    _judge(scenario["expect"], turn, heard)


def _judge(expect: dict[str, Any], turn: Turn, heard: Heard) -> None:
    assert isinstance(turn.wait, End), f"the call has not ended: {turn.wait}"
    end = {"destination": turn.wait.destination, "queue": turn.wait.queue, "reason": turn.wait.reason}
    assert expect["ends"].items() <= end.items()

    missing = _in_order(expect.get("hears", []), heard.prompts, lambda one, said: said in {one, *_any_language(one)})
    assert not missing, f"not heard in this order: {missing}; heard {heard.prompts}"

    records = [next(iter(record.items())) for record in expect.get("records", [])]
    unseen = _in_order(records, heard.facts, lambda one, fact: one[0] == fact[0] and one[1].items() <= fact[1].items())
    assert not unseen, f"not recorded in this order: {unseen}; recorded {heard.facts}"

    if "asks" in expect:
        assert expect["asks"] in heard.asked
    if "makes_case" in expect:
        wanted = expect["makes_case"]
        assert heard.drafts == [] if wanted is False else wanted.items() <= heard.drafts[0].items()
    if "never_recorded" in expect:
        assert expect["never_recorded"] not in json.dumps(heard.facts)
        assert not any(expect["never_recorded"] in saved for saved in heard.saved)


def _any_language(name: str) -> set[str]:
    return {f"{name}@{language}" for language in ("sr", "en", "hu", "sk", "ro")}


def test_every_key_of_every_menu_has_a_scenario(flows: Flows, calendars: dict[str, Calendar]) -> None:
    """A new menu entry without a scenario is noticed here."""
    reached: set[tuple[str, str]] = set()
    for file in SCENARIOS:
        scenario, _ = read_yaml(file.read_text("utf-8"))
        calendar = calendars[scenario.get("calendar", "sample")]
        context = CallContext(datetime.fromisoformat(scenario["now"]), calendar, NOTICES)
        turn = start(flows, scenario["flow"], context)
        for step in scenario["turns"]:
            reached.add((f"{turn.session.flow}.{turn.session.node}", str(step.get("keys", ""))))
            if isinstance(turn.wait, End):
                break
            turn = resume(flows, turn.session, _answer(step), context)
    wanted = {
        (f"{flow}.{name}", key)
        for (flow, name), node in flows.nodes.items()
        for key in getattr(node, "keys", {})
        if key not in "*0"
    }
    assert wanted <= reached, f"no scenario presses: {sorted(wanted - reached)}"
