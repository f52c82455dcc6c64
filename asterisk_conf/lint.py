"""Finds what must never stand in a rendered dialplan. Pure: text in, findings out; each finding has a stable id.

The rules are those that cost other exchanges calls or money: a menu with no way out, a caller's text in an expression,
a way from the public number to a line that costs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from asterisk_conf.dialplan import Dialplan, Step, jump_targets, parse_dialplan, split_arguments
from calls import channel_variables
from calls.channel_variables import AgiRoute, Destination, OperatorLost

PUBLIC_CONTEXTS = ("from-trunk",)
DIALLED_BY_OPERATORS = ("operators",)
QUEUE_KEYS = ("queue-keys",)
PLACED_BY_THE_PRODUCT = ("call-control", "call-transfer", "call-consult", "snoop")
"""Contexts that only an action of the console enters."""
OUTSIDE_CONTEXT = "call-out"
"""The one context, entered by the console alone, that may ring telephones outside."""
COMPUTED_EXTENSIONS = frozenset({"${CENTRALA_SENT_BY}"})
"""Extensions that our own program names; the context they lead to needs an `i`."""
OUR_VARIABLE = re.compile(r"\b(?:CENTRALA_[A-Z_]+|IVR_[A-Z_]+)\b")
CALLERS_TEXT = re.compile(
    r"\$\{(?:CALLERID|CALLERIDNUM|CALLERIDNAME|PJSIP_HEADERS?|SIP_HEADER|CONNECTEDLINE|REDIRECTING|SIPCALLID|DIALEDPEERNUMBER)\b"
)
ALLOWED_FILTER = "CALLERID(num)=${FILTER(0-9+a-zA-Z,${CALLERID(num)})}"
"""The one place where a caller's text is looked at: to make it harmless."""
DIALLED_TEXT = re.compile(r"\$\{(?:EXTEN|DNID|CALLERID\(dnid\))")
AGI_URL = re.compile(r"^agi://([^/]+)/([a-z_]+)$")
TO_CITIZEN = "to-citizen"
"""The context of calls to citizens: nothing may jump, include or transfer to it."""
OUTWARD = frozenset({"Dial", "Originate", "Queue", "Page", "FollowMe", "RetryDial"})
RENEWS_RECORDER = "recorder,again,1"
BRINGS_TOGETHER = OUTWARD | {"Bridge", "BridgeAdd"}
CALLERS_UNDER_CONTROL = ("call-control", "call-transfer", OUTSIDE_CONTEXT)
"""Where the console sends a caller's channel."""
CONSULTS = "consult-"
"""Extensions in which an operator asks somebody while the caller waits elsewhere."""
FORBIDDEN = frozenset({"System", "TrySystem", "DISA", "Exec", "ExecIf", "TryExec", "ExternalIVR", "MinivmNotify"})
LEAVES = frozenset({"Goto", "Hangup"})
OUR_NAMES = frozenset({*channel_variables.ALL, channel_variables.USER_EVENT_FALLBACK, *OperatorLost.ALL_EVENTS})
OPTIONS_AT = {"Dial": 2, "Queue": 1, "RetryDial": 4, "FollowMe": 1, "Page": 1}
"""Where an application's options stand among its arguments."""
GIVES_AWAY = frozenset("tTkKF")
"""Options that let a person on the line transfer or park the call by keys, or send it on after the other hung up."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `id` for machines, the rest for people."""

    id: str
    where: str
    what: str


def lint_dialplan(
    texts: Mapping[str, str],
    trunks: Collection[str],
    *,
    operators: Collection[str] = (),
    outside: Collection[str] = (),
) -> list[Finding]:
    """Return what is wrong with a rendered dialplan; nothing means it may be loaded.

    `trunks`: names of endpoints whose calls cost; `operators`: extensions that the dialplan may ring; `outside`: dial
    strings of the telephones that the town's files name, which the console may have rung.
    Raises DialplanSyntaxError when the text is no dialplan.
    """
    plan = parse_dialplan(texts)
    findings: list[Finding] = []
    for context, extension, index, step in plan.steps():
        where = f"{step.file}:{step.line} [{context}] {extension}"
        steps = plan.contexts[context][extension]
        findings += [Finding(*found) for found in _step_findings(plan, context, extension, steps, index, where)]
    findings += _deadline_findings(plan)
    findings += _recorder_findings(plan)
    findings += _toll_findings(plan, trunks, operators)
    findings += _outside_findings(plan, outside)
    return findings


def _step_findings(
    plan: Dialplan, context: str, extension: str, steps: list[Step], index: int, where: str
) -> Iterator[tuple[str, str, str]]:
    step = steps[index]
    for target_context, target_extension in jump_targets(step, context, extension):
        if "${" in target_context:
            yield "E_DIALPLAN_OPEN_JUMP", where, f"the context of a jump is computed: {target_context}"
        elif target_context not in plan.contexts:
            yield "E_DIALPLAN_NO_CONTEXT", where, f"jumps to context {target_context!r}, which does not exist"
        elif not _has_extension(plan, target_context, target_extension):
            yield "E_DIALPLAN_NO_EXTENSION", where, f"jumps to {target_extension!r} in {target_context!r}: not there"
    text = f"{step.application}({step.arguments})"
    if CALLERS_TEXT.search(text) and step.arguments != ALLOWED_FILTER:
        yield "E_DIALPLAN_CALLERS_TEXT", where, f"what a caller can write is used in an expression: {text[:80]}"
    if step.application in FORBIDDEN:
        yield "E_DIALPLAN_FORBIDDEN", where, f"{step.application} is not used here: it runs what it is given"
    if context in PUBLIC_CONTEXTS and DIALLED_TEXT.search(text):
        yield "E_DIALPLAN_CALLERS_TEXT", where, f"the dialled text is used in an expression: {text[:80]}"
    for name in OUR_VARIABLE.findall(text):
        if name not in OUR_NAMES:
            yield "E_DIALPLAN_VARIABLE", where, f"variable {name} is not in calls/channel_variables.py"
    if step.application == "AGI":
        yield from _agi_findings(step, steps[index + 1 :], where)


def _agi_findings(step: Step, following: list[Step], where: str) -> Iterator[tuple[str, str, str]]:
    program = split_arguments(step.arguments)[0]
    match = AGI_URL.match(program)
    if match is None and not program.startswith("/"):
        yield "E_AGI_URL", where, f"neither agi://host:port/route nor an absolute path: {program!r}"
    if match is not None and match.group(2) not in AgiRoute.ALL:
        yield "E_AGI_ROUTE", where, f"no AGI route {match.group(2)!r}"
    if not following:
        yield "E_AGI_NO_FALLBACK", where, "nothing follows: when the program fails the call falls dead"
    elif following[-1].application not in LEAVES:
        yield "E_AGI_NO_FALLBACK", where, "the lines after it do not end in Goto or Hangup"


def _deadline_findings(plan: Dialplan) -> Iterator[Finding]:
    """An AGI program runs under a deadline and its context has a `T`; a queue or a recorder never runs under one."""
    for context, extensions in plan.contexts.items():
        for extension, steps in extensions.items():
            limit: str | None = None
            for step in steps:
                where = f"{step.file}:{step.line} [{context}] {extension}"
                if step.application == "Set" and step.arguments.startswith("TIMEOUT(absolute)="):
                    limit = step.arguments.partition("=")[2]
                elif step.application == "AGI":
                    if limit in (None, "0"):
                        yield Finding("E_AGI_NO_DEADLINE", where, "TIMEOUT(absolute) is not set before it")
                    if "T" not in extensions:
                        yield Finding("E_AGI_NO_T", where, f"context {context!r} has no extension T")
                elif step.application in {"Queue", "Record"} and limit != "0":
                    yield Finding("E_DEADLINE_LEFT", where, f"{step.application} needs TIMEOUT(absolute)=0 before it")


def _recorder_findings(plan: Dialplan) -> Iterator[Finding]:
    """Where a caller may come to another telephone the recorder is renewed first: docs/adr/0018."""
    contexts = reachable(plan, (*PUBLIC_CONTEXTS, *CALLERS_UNDER_CONTROL))
    for context in contexts & plan.contexts.keys():
        for extension, steps in plan.contexts[context].items():
            renewed = extension.startswith(CONSULTS)
            for step in steps:
                renewed = renewed or (step.application == "Gosub" and step.arguments == RENEWS_RECORDER)
                if step.application in BRINGS_TOGETHER and not renewed:
                    where = f"{step.file}:{step.line} [{context}] {extension}"
                    message = f"{step.application} needs Gosub({RENEWS_RECORDER}) before it"
                    yield Finding("E_RECORDER_NOT_RENEWED", where, message)


def _has_extension(plan: Dialplan, context: str, extension: str) -> bool:
    extensions = plan.contexts[context]
    if extension in extensions:
        return True
    if extension in COMPUTED_EXTENSIONS:
        return "i" in extensions
    if extension == "${IVR_DONE}":
        return {*Destination.ALL, "i"} <= set(extensions)
    return extension in ("${CENTRALA_QUEUE}", "${CENTRALA_OPERATOR}") and "i" in extensions


def reachable(plan: Dialplan, contexts: Collection[str]) -> set[str]:
    """Return every context that a call which enters one of `contexts` can come to, by jump, include or transfer."""
    seen: set[str] = set()
    todo = [context for context in contexts if context in plan.contexts]
    while todo:
        context = todo.pop()
        if context in seen:
            continue
        seen.add(context)
        nexts = list(plan.includes.get(context, []))
        for extension, steps in plan.contexts[context].items():
            for step in steps:
                nexts += [target for target, _ in jump_targets(step, context, extension)]
                # An operator who has the call may transfer it to whatever operators may dial.
                if step.application in OUTWARD:
                    nexts += DIALLED_BY_OPERATORS
                # A key pressed in a queue leads there (`context` in queues.conf).
                if step.application == "Queue":
                    nexts += QUEUE_KEYS
        todo += [target for target in nexts if target in plan.contexts]
    return seen


def _toll_findings(plan: Dialplan, trunks: Collection[str], operators: Collection[str]) -> Iterator[Finding]:
    for context, extension, _, step in plan.steps():
        where = f"{step.file}:{step.line} [{context}] {extension}"
        if any(target == TO_CITIZEN for target, _ in jump_targets(step, context, extension)):
            yield Finding("E_TOLL_PATH", where, f"leads to {TO_CITIZEN!r}, where only the console's own calls begin")
    for context, included in plan.includes.items():
        if TO_CITIZEN in included:
            yield Finding("E_TOLL_PATH", f"[{context}]", f"includes {TO_CITIZEN!r}")
    open_to_public = reachable(plan, [*PUBLIC_CONTEXTS, *DIALLED_BY_OPERATORS, *PLACED_BY_THE_PRODUCT])
    for context, extension, _, step in plan.steps():
        if context not in open_to_public or step.application not in OUTWARD:
            continue
        where = f"{step.file}:{step.line} [{context}] {extension}"
        given = split_arguments(step.arguments)[OPTIONS_AT.get(step.application, 99) :][:1]
        if loose := GIVES_AWAY & set(re.sub(r"\([^)]*\)", "", "".join(given))):
            yield Finding("E_TOLL_TRANSFER", where, f"option {''.join(sorted(loose))} lets a caller send the call on")
        if step.application == "Queue":
            continue
        for destination in split_arguments(step.arguments)[0].split("&"):
            technology, _, peer = destination.partition("/")
            name = peer.rpartition("@")[2]
            if name in trunks:
                yield Finding("E_TOLL_PATH", where, f"from the public number a call can reach trunk {name!r}")
            elif technology != "PJSIP" or "${" in destination or (operators and peer not in operators):
                yield Finding(
                    "E_TOLL_PATH", where, f"rings {destination!r}, which is not known to be an operator's phone"
                )


def _outside_findings(plan: Dialplan, outside: Collection[str]) -> Iterator[Finding]:
    """Nothing leads into the context of outside telephones, and it rings those of the town's files only."""
    for context, extension, _, step in plan.steps():
        where = f"{step.file}:{step.line} [{context}] {extension}"
        if any(target == OUTSIDE_CONTEXT for target, _ in jump_targets(step, context, extension)):
            yield Finding("E_TOLL_ENTRY", where, f"jumps into {OUTSIDE_CONTEXT!r}, which only the console enters")
        if context == OUTSIDE_CONTEXT and step.application in OUTWARD:
            rung = split_arguments(step.arguments)[0]
            if rung not in outside:
                yield Finding("E_TOLL_PATH", where, f"rings {rung!r}, which the town's files do not name")
    for context, included in plan.includes.items():
        if OUTSIDE_CONTEXT in included:
            yield Finding("E_TOLL_ENTRY", f"[{context}]", f"includes {OUTSIDE_CONTEXT!r}")
