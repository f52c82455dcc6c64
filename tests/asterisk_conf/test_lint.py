"""The lint passes what we render and finds each thing that it is there for."""

import pytest

from asterisk_conf.dialplan import DialplanSyntaxError, jump_targets, parse_dialplan
from asterisk_conf.lint import DIALLED_BY_OPERATORS, PUBLIC_CONTEXTS, lint_dialplan, reachable
from asterisk_conf.render import render

RING = "Dial(PJSIP/2001&PJSIP/w2001,30)"
PHONES = ["2001", "w2001", "2002", "w2002"]
OUTSIDE = ["PJSIP/+381375550101@telekom", "PJSIP/2002"]


@pytest.fixture
def rendered(inputs):
    return render(inputs)


def findings(texts):
    return {
        finding.id
        for finding in lint_dialplan(texts, ["test", "telekom", "radio-1"], operators=PHONES, outside=OUTSIDE)
    }


def changed(texts, file, old, new):
    assert old in texts[file]
    return {**texts, file: texts[file].replace(old, new)}


def test_what_we_render_is_clean(rendered):
    assert lint_dialplan(rendered, ["test", "telekom", "radio-1"], operators=PHONES, outside=OUTSIDE) == []


def test_every_fixed_context_exists(rendered):
    fixed = {"from-trunk", "inbound", "after-ivr", "fallback", "operators", "order-call", "synthetic"}
    assert fixed <= set(parse_dialplan(rendered).contexts)


def test_the_public_number_reaches_the_menu_people_and_the_recorder(rendered):
    reached = reachable(parse_dialplan(rendered), ["from-trunk"])
    assert {
        "inbound",
        "inbound-second",
        "fallback",
        "after-ivr",
        "leave-message",
        "last-resort",
        "record-only",
    } <= reached
    assert "order-call" not in reached
    assert "synthetic" not in reached
    assert "call-out" not in reachable(parse_dialplan(rendered), ["from-trunk", "operators", "call-control"])
    assert "to-citizen" not in reached


@pytest.mark.parametrize(
    ("file", "old", "new", "id_"),
    [
        ("dialplan-inbound.conf", "Goto(inbound-second,s,1)", "Goto(nowhere,s,1)", "E_DIALPLAN_NO_CONTEXT"),
        ("dialplan-inbound.conf", "Goto(fallback,s,1)", "Goto(fallback,x,1)", "E_DIALPLAN_NO_EXTENSION"),
        ("dialplan-inbound.conf", "/inbound,${", "/welcome,${", "E_AGI_ROUTE"),
        ("dialplan-inbound.conf", " same => n(menu),Set(TIMEOUT(absolute)=3)\n", "", "E_AGI_NO_DEADLINE"),
        ("dialplan-inbound.conf", "exten => T,1", "exten => t,1", "E_AGI_NO_T"),
        ("dialplan-queues.conf", " same => n,Gosub(recorder,again,1)\n", "", "E_RECORDER_NOT_RENEWED"),
        ("dialplan-call_control.conf", " same => n,Gosub(recorder,again,1)\n", "", "E_RECORDER_NOT_RENEWED"),
        ("dialplan-recorder.conf", "${UNIQUEID}", "${CALLERID(num)}", "E_DIALPLAN_CALLERS_TEXT"),
        ("dialplan-recorder.conf", "${UNIQUEID}", "${PJSIP_HEADER(read,X-A)}", "E_DIALPLAN_CALLERS_TEXT"),
        ("dialplan-inbound.conf", "Goto(inbound,311,1)", "Goto(inbound,${EXTEN},1)", "E_DIALPLAN_CALLERS_TEXT"),
        ("dialplan-inbound.conf", "CENTRALA_DID=", "CENTRALA_NUMBER=", "E_DIALPLAN_VARIABLE"),
        ("dialplan-inbound.conf", "Answer()", "System(touch /tmp/x)", "E_DIALPLAN_FORBIDDEN"),
        (
            "dialplan-fallback.conf",
            "exten => s,1,Set(TIMEOUT(absolute)=0)\n",
            "exten => s,1,NoOp()\n",
            "E_DEADLINE_LEFT",
        ),
        ("dialplan-fallback.conf", "Playback(beep)", "Dial(PJSIP/0641234567@telekom)", "E_TOLL_PATH"),
        ("dialplan-operators.conf", RING, "Dial(PJSIP/2001&PJSIP/telekom,30)", "E_TOLL_PATH"),
        ("dialplan-operators.conf", RING, "Dial(PJSIP/${EXTEN},30)", "E_TOLL_PATH"),
        ("dialplan-operators.conf", RING, "Dial(SIP/2001,30)", "E_TOLL_PATH"),
        ("dialplan-operators.conf", RING, "Dial(PJSIP/2001,30,rT)", "E_TOLL_TRANSFER"),
        ("dialplan-queues.conf", "Queue(operators,c,", "Queue(operators,Ct,", "E_TOLL_TRANSFER"),
        ("dialplan-operators.conf", RING, "Goto(call-out,transfer-duty-1,1)", "E_TOLL_ENTRY"),
        ("dialplan-call_control.conf", "Goto(call-control,holding,1)", "Goto(call-out,i,1)", "E_TOLL_ENTRY"),
        ("dialplan-call_control.conf", "+381375550101@telekom", "+381375550102@telekom", "E_TOLL_PATH"),
        ("dialplan-call_control.conf", "Dial(PJSIP/2001&PJSIP/w2001,20", "Dial(PJSIP/1@telekom,20", "E_TOLL_PATH"),
        ("dialplan-call_control.conf", ",gr)", ",gTr)", "E_TOLL_TRANSFER"),
        ("dialplan-operators.conf", RING, "Goto(to-citizen,_+3816XXXXXXX,1)", "E_TOLL_PATH"),
        ("dialplan-order_call.conf", "Goto(order-call-second,s,1)", "Goto(to-citizen,_+3816XXXXXXX,1)", "E_TOLL_PATH"),
    ],
)
def test_found(rendered, file, old, new, id_):
    assert id_ in findings(changed(rendered, file, old, new))


def test_an_agi_line_without_a_way_on_is_found(rendered):
    menu = "[menu]\nexten => s,1,Set(TIMEOUT(absolute)=3)\n"
    text = menu + " same => n,AGI(agi://127.0.0.1:4573/inbound)\nexten => T,1,Hangup()\n"
    assert "E_AGI_NO_FALLBACK" in findings({**rendered, "dialplan-more.conf": text})


def test_a_way_through_an_include_is_walked(rendered):
    text = "[more]\nexten => s,1,Dial(PJSIP/1@telekom)\n[from-trunk]\ninclude => more\n"
    assert "E_TOLL_PATH" in findings({**rendered, "dialplan-more.conf": text})


def test_an_include_of_the_outside_telephones_is_found(rendered):
    assert "E_TOLL_ENTRY" in findings({**rendered, "dialplan-more.conf": "[operators]\ninclude => call-out\n"})


def test_an_include_of_the_line_to_citizens_is_found_wherever_it_stands(rendered):
    assert "E_TOLL_PATH" in findings({**rendered, "dialplan-more.conf": "[no-entry]\ninclude => to-citizen\n"})


def test_text_that_is_no_dialplan_is_refused_with_its_line():
    with pytest.raises(DialplanSyntaxError, match=r"extensions\.conf:2"):
        parse_dialplan({"extensions.conf": "[a]\nsame => n,Hangup()\n"})


def test_jumps_are_read_from_both_branches():
    plan = parse_dialplan({"extensions.conf": '[a]\nexten => s,1,GotoIf($["${X}" = "1"]?b,s,1:t,1)\n'})
    step = plan.contexts["a"]["s"][0]
    assert jump_targets(step, "a", "s") == [("b", "s"), ("a", "t")]


def test_only_the_product_itself_comes_to_the_line_that_costs(rendered):
    plan = parse_dialplan(rendered)
    open_to_public = reachable(plan, [*PUBLIC_CONTEXTS, *DIALLED_BY_OPERATORS])
    assert "queue-keys" in open_to_public, "a key pressed while waiting is followed"
    assert not {"callback-hold", "callback-out"} & open_to_public
    steps = [step for context, _, _, step in plan.steps() if context == "callback-out"]
    dials = [step for step in steps if step.application == "Dial"]
    assert {step.arguments for step in dials} == {"PJSIP/${EXTEN}@telekom,30"}
    announced = "PJSIP/${EXTEN}@telekom,45,A(${CENTRALA_LANGUAGE}/recording.announcement)"
    back = [step for context, _, _, step in plan.steps() if context == "to-citizen" and step.application == "Dial"]
    assert {step.arguments for step in back} == {announced}
    assert set(plan.contexts["to-citizen"]) == {"_+3816XXXXXXX", "_+38137XXXXXX"}, "no open end"
    assert set(plan.contexts["callback-out"]) == {"_+3816X.", "_+38137X.", "T"}, "the town's numbers and no others"


def test_a_way_from_the_waiting_caller_to_that_line_is_found(rendered):
    texts = changed(rendered, "dialplan-callback.conf", "Goto(queue-keys-second,s,1)", "Goto(callback-out,T,1)")
    assert "E_TOLL_PATH" in findings(texts)
