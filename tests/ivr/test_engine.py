"""What scenarios cannot show: merging of prompts, languages of pending prompts, repeat after a crash."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from calls.channel_variables import Destination
from ivr.answers import Failed, HungUp, Keys, Recorded
from ivr.commands import Play
from ivr.context import CallContext, UrgentNotice
from ivr.engine import repeat, resume, start
from ivr.limits import MAX_STEPS_PER_TURN
from ivr.loader import Flows, parse_flows
from ivr.nodes import Goto
from ivr.prompts import PromptId, Sentence
from ivr.schedule import Calendar
from ivr.session import Session
from ivr.waits import End, Gather, Lookup, Record

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CONTEXT = CallContext(NOW, Calendar())


def flow(nodes: str) -> Flows:
    return parse_flows({"inbound.yaml": "flow: inbound\nstart: begin\nnodes:\n" + nodes})


MENU = "  main: {type: menu, prompts: [menu], keys: {1: bye}}\n  bye: {type: hangup}\n"


def test_prompts_before_a_menu_are_one_command_with_it():
    turn = start(flow("  begin: {type: say, prompts: [one, two], next: main}\n" + MENU), "inbound", CONTEXT)
    assert turn.commands == ()
    assert turn.wait == Gather((PromptId("one"), PromptId("two"), PromptId("menu")))


def test_what_must_be_heard_to_its_end_is_played_before():
    turn = start(
        flow("  begin: {type: say, prompts: [one], interruptible: false, next: main}\n" + MENU), "inbound", CONTEXT
    )
    assert turn.commands == (Play((PromptId("one"),)),)
    assert turn.wait == Gather((PromptId("menu"),))


def test_a_prompt_keeps_the_language_it_was_meant_in():
    nodes = "  begin: {type: say, prompts: [one], next: hu}\n  hu: {type: set_language, language: hu, next: main}\n"
    turn = start(flow(nodes + MENU), "inbound", CONTEXT)
    assert turn.wait == Gather((PromptId("one", "sr"), PromptId("menu")))
    assert turn.session.language == "hu"


def test_an_urgent_text_is_said_in_the_callers_language_or_the_towns():
    nodes = "  begin: {type: say, prompts: [{urgent: true}], next: main}\n"
    context = CallContext(NOW, Calendar(), urgent=UrgentNotice(texts={"sr": "Vest", "en": "News"}))
    english = start(flow(nodes + MENU), "inbound", context, "en")
    slovak = start(flow(nodes + MENU), "inbound", context, "sk")
    assert english.wait == Gather((Sentence("News", "en"), PromptId("menu")))
    assert slovak.wait == Gather((Sentence("Vest", "sr"), PromptId("menu")))


def test_an_unknown_schedule_goes_on_or_to_a_person_as_the_node_says():
    nodes = "  begin: {type: branch, schedule: nope, then: bye, otherwise: main%s}\n" + MENU
    person = start(flow(nodes % ""), "inbound", CONTEXT)
    goes_on = start(flow(nodes % ", on_failure: continue"), "inbound", CONTEXT)
    assert person.wait == End(Destination.QUEUE, "operators", "flow failed")
    assert goes_on.wait == Gather((PromptId("menu"),))


def test_after_a_crash_the_pin_is_asked_for_again_because_it_is_on_no_disk():
    nodes = """\
  begin: {type: gather, prompts: [number], variable: number, maximum: 8, next: pin}
  pin: {type: gather, prompts: [pin], variable: pin, maximum: 4, secret: true, next: look}
  look: {type: lookup, kind: case_status, case: number, pin: pin, found: bye, not_found: [no], again: begin}
  bye: {type: hangup}
"""
    flows = flow(nodes)
    turn = start(flows, "inbound", CONTEXT)
    turn = resume(flows, turn.session, Keys("26100412"), CONTEXT)
    turn = resume(flows, turn.session, Keys("4711"), CONTEXT)
    assert turn.wait == Lookup("case_status", {"case": "26100412", "pin": "4711"})
    assert "4711" not in repr(turn.session)
    saved = Session.from_json(turn.session.to_json())
    assert repeat(flows, turn.session, CONTEXT).wait == turn.wait
    assert repeat(flows, saved, CONTEXT).wait == Gather((PromptId("number"),), max_digits=8)


def test_a_failed_recording_goes_where_the_node_says():
    nodes = """\
  begin: {type: record, prompts: [speak], next: bye, on_failure: continue, if_failed: sorry}
  sorry: {type: hangup, prompts: [sorry]}
  bye: {type: hangup}
"""
    flows = flow(nodes)
    turn = start(flows, "inbound", CONTEXT)
    assert turn.commands == (Play((PromptId("speak"),)),)
    assert isinstance(turn.wait, Record)
    failed = resume(flows, turn.session, Failed("disk full"), CONTEXT)
    assert failed.commands == (Play((PromptId("sorry"),)),)
    taken = resume(flows, turn.session, Recorded("m.wav", 5.0), CONTEXT)
    assert taken.wait == End(Destination.HANGUP, "", "finished")


@pytest.mark.parametrize(("seconds", "end"), [(0.9, "kept"), (0.1, "kept"), (0.05, "nothing"), (0.0, "nothing")])
def test_who_is_brief_twice_has_left_a_message_and_who_only_pressed_a_key_has_not(seconds, end):
    nodes = """\
  begin: {type: record, prompts: [speak], too_short: [not_heard], tries: 2, next: kept, exhausted: nothing}
  kept: {type: hangup, reason: kept}
  nothing: {type: hangup, reason: nothing}
"""
    flows = flow(nodes)
    turn = start(flows, "inbound", CONTEXT)
    again = resume(flows, turn.session, Recorded("m.wav", 0.9), CONTEXT)
    assert again.commands == (Play((PromptId("not_heard"),)),)
    second = Recorded("m.wav" if seconds else "", seconds)
    assert resume(flows, again.session, second, CONTEXT).wait == End(Destination.HANGUP, "", end)


def test_a_loop_that_slipped_through_ends_at_a_person():
    flows = Flows({("inbound", "begin"): Goto(type="goto", next="begin")}, {"inbound": "begin"})
    turn = start(flows, "inbound", CONTEXT)
    assert turn.wait == End(Destination.QUEUE, "operators", "flow failed")
    assert str(MAX_STEPS_PER_TURN) in turn.facts[0][1]["error"]


def test_an_unknown_flow_ends_at_a_person():
    flows = flow("  begin: {type: hangup}\n")
    assert start(flows, "nowhere", CONTEXT).wait == End(Destination.QUEUE, "operators", "flow failed")


def test_a_caller_who_hangs_up_is_not_sent_to_a_person():
    flows = flow("  begin: {type: goto, next: main}\n" + MENU)
    turn = resume(flows, start(flows, "inbound", CONTEXT).session, HungUp(), CONTEXT)
    assert turn.wait == End(Destination.HANGUP, "", "caller hung up")


@pytest.mark.parametrize("raw", [{}, {"flow": "x"}, {"variables": 1}])
def test_a_broken_session_is_refused(raw):
    with pytest.raises(ValueError, match="not a saved call session"):
        Session.from_json(raw)
