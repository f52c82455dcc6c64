"""The lint passes what we render and finds each thing that it is there for."""

import pytest

from asterisk_conf.dialplan import DialplanSyntaxError, jump_targets, parse_dialplan
from asterisk_conf.lint import lint_dialplan, reachable
from asterisk_conf.render import render


@pytest.fixture
def rendered(inputs):
    return render(inputs)


def findings(texts):
    return {finding.id for finding in lint_dialplan(texts, ["test", "telekom", "radio-1"], operators=["2001", "2002"])}


def changed(texts, file, old, new):
    assert old in texts[file]
    return {**texts, file: texts[file].replace(old, new)}


def test_what_we_render_is_clean(rendered):
    assert lint_dialplan(rendered, ["test", "telekom", "radio-1"], operators=["2001", "2002"]) == []


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


@pytest.mark.parametrize(
    ("file", "old", "new", "id_"),
    [
        ("dialplan-inbound.conf", "Goto(inbound-second,s,1)", "Goto(nowhere,s,1)", "E_DIALPLAN_NO_CONTEXT"),
        ("dialplan-inbound.conf", "Goto(fallback,s,1)", "Goto(fallback,x,1)", "E_DIALPLAN_NO_EXTENSION"),
        ("dialplan-inbound.conf", "/inbound,${", "/welcome,${", "E_AGI_ROUTE"),
        ("dialplan-inbound.conf", " same => n,Set(TIMEOUT(absolute)=3)\n", "", "E_AGI_NO_DEADLINE"),
        ("dialplan-inbound.conf", "exten => T,1", "exten => t,1", "E_AGI_NO_T"),
        ("dialplan-after_ivr.conf", " same => n,Gosub(recorder,again,1)\n", "", "E_RECORDER_NOT_RENEWED"),
        (
            "dialplan-operators.conf",
            "exten => 2001,1,Gosub(recorder,again,1)",
            "exten => 2001,1,NoOp()",
            "E_RECORDER_NOT_RENEWED",
        ),
        ("dialplan-recorder.conf", "${UNIQUEID}.wav", "${CALLERID(num)}.wav", "E_DIALPLAN_CALLERS_TEXT"),
        ("dialplan-recorder.conf", "${UNIQUEID}.wav", "${PJSIP_HEADER(read,X-A)}.wav", "E_DIALPLAN_CALLERS_TEXT"),
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
        ("dialplan-operators.conf", "Dial(PJSIP/2001,30)", "Dial(PJSIP/2001&PJSIP/telekom,30)", "E_TOLL_PATH"),
        ("dialplan-operators.conf", "Dial(PJSIP/2001,30)", "Dial(PJSIP/${EXTEN},30)", "E_TOLL_PATH"),
        ("dialplan-operators.conf", "Dial(PJSIP/2001,30)", "Dial(SIP/2001,30)", "E_TOLL_PATH"),
        ("dialplan-operators.conf", "Dial(PJSIP/2001,30)", "Dial(PJSIP/2001,30,rT)", "E_TOLL_TRANSFER"),
        ("dialplan-after_ivr.conf", "Queue(${CENTRALA_QUEUE},,", "Queue(${CENTRALA_QUEUE},Ct,", "E_TOLL_TRANSFER"),
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


def test_text_that_is_no_dialplan_is_refused_with_its_line():
    with pytest.raises(DialplanSyntaxError, match=r"extensions\.conf:2"):
        parse_dialplan({"extensions.conf": "[a]\nsame => n,Hangup()\n"})


def test_jumps_are_read_from_both_branches():
    plan = parse_dialplan({"extensions.conf": '[a]\nexten => s,1,GotoIf($["${X}" = "1"]?b,s,1:t,1)\n'})
    step = plan.contexts["a"]["s"][0]
    assert jump_targets(step, "a", "s") == [("b", "s"), ("a", "t")]
