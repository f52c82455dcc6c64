"""The flow engine: `start` and `resume` a call in a set of flows. Pure: it says what to do, and never does it.

Must not know Asterisk, sockets, files or the clock (`CallContext.now` is passed in). When a flow fails, the caller
goes to a person: no exception leaves this module for anything that a caller, a store or an edited flow can cause.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from calls.journal_entries import EntryKind
from ivr.answering import take
from ivr.answers import Answer
from ivr.context import CallContext
from ivr.entering import enter
from ivr.limits import MAX_STEPS_PER_TURN, MAX_TURNS_PER_CALL
from ivr.loader import Flows
from ivr.nodes import NodeBase
from ivr.run import Run
from ivr.session import Session
from ivr.turn import Turn
from ivr.waits import End, Wait

_Act = Callable[[Run, NodeBase], str | Wait | End]


def start(flows: Flows, flow: str, context: CallContext, language: str = "") -> Turn:
    """Begin `flow` (`inbound`, `message`). `language`: what the caller chose before, else the town's default."""
    session = Session(flow, flows.starts.get(flow, ""), language or context.default_language)
    return _advance(Run(flows, session, context), enter)


def resume(flows: Flows, session: Session, answer: Answer, context: CallContext) -> Turn:
    """Go on from the wait at which `session` stands.

    An answer that the wait does not accept, `Failed` among them, is a failure of the node: its `on_failure` decides.
    """
    run = Run(flows, replace(session, turns=session.turns + 1), context)
    if run.turns > MAX_TURNS_PER_CALL:
        return _fail(run, f"more than {MAX_TURNS_PER_CALL} turns in one call")
    return _advance(run, lambda now, node: take(now, node, answer))


def repeat(flows: Flows, session: Session, context: CallContext) -> Turn:
    """Say again what the call waits for: another server goes on after a crash. Secrets lost are asked for again."""
    return _advance(Run(flows, session, context), enter)


def _advance(run: Run, act: _Act) -> Turn:
    for _ in range(MAX_STEPS_PER_TURN):
        try:
            node = run.node()
        except KeyError:
            return _fail(run, f"there is no node {'.'.join(run.place)}")
        try:
            outcome = act(run, node)
        except (KeyError, ValueError) as error:
            if node.on_failure == "human_queue":
                return _fail(run, str(error))
            _note_failure(run, str(error))
            outcome = node.continue_at()
        if not isinstance(outcome, str):
            return run.finish(outcome)
        run.go(outcome)
        act = enter
    return _fail(run, f"more than {MAX_STEPS_PER_TURN} steps without a question")


def _note_failure(run: Run, error: str) -> None:
    run.fact(EntryKind.FLOW_FAILED, node=".".join(run.place), error=error)


def _fail(run: Run, error: str) -> Turn:
    _note_failure(run, error)
    return run.finish(run.to_person("flow failed"))
