"""What each node does when a call comes to it. Owns one function per node; a text returned is the next target.

Must not know answers: those are in `ivr/answering.py`.
"""

from __future__ import annotations

from calls.channel_variables import Destination
from calls.journal_entries import EntryKind
from ivr.nodes import (
    Branch,
    Collect,
    Enqueue,
    Goto,
    Hangup,
    MakeCase,
    Menu,
    NodeBase,
    RecordMessage,
    Say,
    SetLanguage,
    StatusLookup,
)
from ivr.notices import valid_notices
from ivr.run import Run
from ivr.waits import CaseDraft, CreateCase, End, Lookup, Record, Wait


def enter(run: Run, node: NodeBase) -> str | Wait | End:
    """Enter `node`. Raises KeyError or ValueError when it cannot do its work."""
    match node:
        case Menu() | Collect():
            run.say(node.prompts)
            return ask(run, node)
        case Say():
            return _say(run, node)
        case Branch():
            return node.then if _holds(run, node) else node.otherwise
        case SetLanguage():
            run.speak(node.language)
            run.fact(EntryKind.LANGUAGE_CHOSEN, language=node.language)
            return node.next
        case Goto():
            return node.next
        case Enqueue():
            run.say(node.prompts)
            return run.enqueue(node.reason, node.queue, node.subject, node.priority)
        case Hangup():
            run.say(node.prompts)
            return run.end(Destination.HANGUP, node.reason)
        case StatusLookup():
            return _look_up(run, node)
        case RecordMessage():
            run.say(node.prompts)
            return record(run, node)
        case MakeCase():
            draft = CaseDraft(node.kind, node.service_code, node.description, run.language, run.value("audio"))
            return CreateCase(draft)
        case _:
            raise ValueError(f"a node of type {type(node).__name__} cannot be entered")


def ask(run: Run, node: Menu | Collect) -> Wait:
    """Wait for keys; what is to be said stands in the run already."""
    return run.gather(1 if isinstance(node, Menu) else node.maximum, node.timeout_s)


def record(run: Run, node: RecordMessage) -> Wait:
    """Wait for a recording; what is to be said before the tone stands in the run already."""
    run.play_now()
    return Record(node.kind, node.max_s, node.silence_s)


def _say(run: Run, node: Say) -> str:
    run.say(node.prompts)
    if not node.interruptible:
        run.play_now()
    if node.information:
        run.fact(EntryKind.INFORMATION_HEARD, flow=run.place[0], node=run.place[1])
    return node.next


def _holds(run: Run, node: Branch) -> bool:
    context = run.context
    if node.schedule:
        return context.calendar.is_open(node.schedule, context.now)
    if node.notice:
        return bool(valid_notices(context.notices, node.notice, context.now))
    if node.urgent:
        return context.urgent is not None
    value = run.value(node.variable)
    return bool(value) if node.equals is None else value == node.equals


def _look_up(run: Run, node: StatusLookup) -> str | Wait:
    case, pin = run.value(node.case), run.value(node.pin)
    if not case or not pin:
        return node.again  # another server goes on after a crash: the PIN is on no disk, so ask for both again
    return Lookup(node.kind, {"case": case, "pin": pin})
