"""A call through the menu's end, the queue and an operator's phone: what CEL says of it, and what AMI costs."""

from functools import partial

import pytest

from tests.system.asterisk_bed import wait_for
from tests.system.kept_sound import recorded_sides
from tests.system.queue_phones import AmiListener, register_operator

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


def test_an_operator_answers_and_ami_stays_small(asterisk_bed, tiny_agi):
    bed = asterisk_bed
    tiny_agi(bed.inputs.ports.agi_first, "done:queue")
    register_operator(bed, "2001")
    listener = AmiListener(bed, "centrala-reader", bed.inputs.secrets.ami_reader)
    result = bed.sipp("uac_hangup_in_menu", [["0641234567", "3000"]]).finish(30)
    assert result.failed == 0, result.errors + result.output
    wait_for(lambda: bed.ended_calls(), reason="the call is over in CEL")
    call = bed.ended_calls().pop()

    rows = [row for row in bed.cel() if row["linkedid"] == call]
    assert {row["channel"].partition("-")[0] for row in rows} == {"PJSIP/test", "PJSIP/2001"}, "one call, two legs"
    answers = [row["channel"].partition("-")[0] for row in rows if row["event"] == "ANSWER"]
    assert answers == ["PJSIP/test", "PJSIP/2001"]
    assert [row["event"] for row in rows if row["event"] == "BRIDGE_ENTER"] != []
    for side in recorded_sides(bed, call):
        assert side.stat().st_size > 2 * 16000, "recorded from the answer to the end"

    events = [event for event in listener.events() if event[0] != "FullyBooted"]
    listener.close()
    print("AMI events of one call:", events, sum(size for _, size in events), "bytes")
    names = [name for name, _ in events]
    assert names.count("AgentCalled") == 1
    assert names.count("AgentConnect") == 1
    assert len(events) <= 10
    assert sum(size for _, size in events) <= 3000


def test_ami_users_may_do_only_what_they_need(asterisk_bed):
    secrets = asterisk_bed.inputs.secrets
    for user, secret in (("centrala-reader", secrets.ami_reader), ("centrala-writer", secrets.ami_writer)):
        listener = AmiListener(asterisk_bed, user, secret)
        refused = ["Command", "GetConfig", "UpdateConfig"] + (["Originate"] if user == "centrala-reader" else [])
        for action in refused:
            listener.send(Action=action, ActionID=f"try-{action}", Command="core show version", Filename="pjsip.conf")
            wait_for(partial(listener.has, f"try-{action}"), reason=f"answer to {action}")
        answers = [block for block in listener.received.split(b"\r\n\r\n") if b"try-" in block]
        assert len(answers) == len(refused)
        assert all(b"Permission denied" in block for block in answers), answers
        listener.close()
