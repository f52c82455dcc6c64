"""What each waiting node does with its answer. Owns one function per kind of answer; a text returned is a target."""

from __future__ import annotations

from calls.channel_variables import Destination
from calls.dtmf import clean_keys
from calls.ids import CaseNumber
from calls.journal_entries import EntryKind
from ivr.answers import Answer, CaseCreated, HungUp, Keys, LookupResult, Recorded
from ivr.entering import ask, record
from ivr.nodes import Collect, MakeCase, Menu, NodeBase, RecordMessage, StatusLookup
from ivr.run import Run
from ivr.waits import End, Wait

NO_KEY = "error.no_key"
WRONG_KEY = "error.wrong_key"
_CALLER_GONE = "caller_gone"
_REFUSED = "lookups_refused"
HUNG_UP = "caller hung up"


def take(run: Run, node: NodeBase, answer: Answer) -> str | Wait | End:
    """Let `node` take `answer`. Raises ValueError when it is not one that the node waits for, or a failure."""
    match node, answer:
        case _, HungUp():
            return run.end(Destination.HANGUP, HUNG_UP)
        case Menu(), Keys():
            return _chosen(run, node, clean_keys(answer.digits)[:1])
        case Collect(), Keys():
            return _collected(run, node, clean_keys(answer.digits))
        case StatusLookup(), LookupResult():
            return _looked_up(run, node, answer)
        case RecordMessage(), Recorded():
            return _recorded(run, node, answer)
        case MakeCase(), CaseCreated():
            return _case_made(run, node, answer)
        case _:
            raise ValueError(f"{type(answer).__name__} {getattr(answer, 'reason', '')}".strip())


def _chosen(run: Run, node: Menu, key: str) -> str | Wait | End:
    run.step(key)
    if key in node.keys:
        return node.keys[key]
    run.say_id(WRONG_KEY if key else NO_KEY)
    return _again(run, node)


def _collected(run: Run, node: Collect, keys: str) -> str | Wait | End:
    digits = keys.strip("#")
    run.step(digits, secret=node.secret)
    if not digits:
        run.say_id(NO_KEY)
        return _again(run, node)
    if not (digits.isdigit() and node.minimum <= len(digits) <= node.maximum and _passes(node, digits)):
        if node.invalid:
            run.say(node.invalid)
        else:
            run.say_id(WRONG_KEY)
        return _again(run, node)
    (run.secrets if node.secret else run.variables)[node.variable] = digits
    return node.next


def _passes(node: Collect, digits: str) -> bool:
    if node.check == "none":
        return True
    try:
        CaseNumber.parse(digits)
    except ValueError:
        return False
    return True


def _again(run: Run, node: Menu | Collect) -> str | Wait | End:
    run.tries += 1
    if run.tries >= node.tries:
        if node.exhausted:
            run.drop_pending()
            return node.exhausted
        return run.to_person("no valid key")
    run.say(node.help or node.prompts)
    return ask(run, node)


def _looked_up(run: Run, node: StatusLookup, answer: LookupResult) -> str | End:
    run.fact(EntryKind.STATUS_ASKED, case=run.value(node.case), found=answer.found)
    run.secrets.pop(node.pin, None)
    if answer.found:
        run.variables["answer"] = answer.sentence
        return node.found
    refused = int(run.variables.get(_REFUSED, "0")) + 1
    run.variables[_REFUSED] = str(refused)
    if refused >= node.tries:
        return node.exhausted or run.to_person("case number or PIN wrong")
    run.say(node.not_found)
    return node.again


def _recorded(run: Run, node: RecordMessage, answer: Recorded) -> str | Wait | End:
    shortest = node.minimum_s if run.tries + 1 < node.tries else min(node.minimum_s, node.last_minimum_s)
    if answer.audio and answer.seconds >= shortest:
        run.variables["audio"] = answer.audio
        run.variables["audio_seconds"] = f"{answer.seconds:.1f}"
        if answer.hung_up:
            run.variables[_CALLER_GONE] = "1"
        return node.next
    if answer.hung_up:
        return run.end(Destination.HANGUP, HUNG_UP)
    run.tries += 1
    if run.tries >= node.tries:
        return node.exhausted or run.to_person("nothing was recorded")
    run.say(node.too_short or node.prompts)
    return record(run, node)


def _case_made(run: Run, node: MakeCase, answer: CaseCreated) -> str | End:
    run.variables["case_number"] = answer.number
    run.secrets["pin"] = answer.pin
    audio = run.variables.pop("audio", "")
    seconds = float(run.variables.pop("audio_seconds", "0"))
    if audio:
        run.fact(EntryKind.MESSAGE_LEFT, audio=audio, seconds=seconds, case=answer.number)
    if run.variables.get(_CALLER_GONE):
        return run.end(Destination.HANGUP, "caller hung up after the message")
    return node.next
