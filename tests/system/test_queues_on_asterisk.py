"""What app_queue really does with our queues: skills, overflow, the place kept, priority, one's own operator."""

from functools import partial

import pytest

from asterisk_conf.queue_settings import QueueSettings
from tests.system.asterisk_bed import running_bed, wait_for
from tests.system.queue_phones import AmiListener, register_operator

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

CALLER = """
[test-caller]
exten => s,1,Wait(60)
"""
HUNGARIAN = QueueSettings(
    "hungarian", ring=3, weight=10, longest_wait=5, after_wait="operators", when_empty="operators"
)


@pytest.fixture(scope="module")
def bed():
    general = QueueSettings(longest_wait=60, ring=30)
    crowded = QueueSettings("crowded", waiting_per_ready=1, when_crowded="operators", longest_wait=40)
    with running_bed(queue=general, skill_queues=(HUNGARIAN, crowded), more_dialplan=CALLER) as running:
        yield running


@pytest.fixture
def pbx(bed):
    """The writer's AMI connection; afterwards no caller and no member is left."""
    writer = AmiListener(bed, "centrala-writer", bed.inputs.secrets.ami_writer)
    yield writer
    writer.close()
    bed.console("channel request hangup all")
    wait_for(lambda: "0 active channels" in bed.console("core show channels count"), reason="everybody is gone")
    for queue in ("operators", "hungarian", "crowded", "own-2003"):
        for extension in ("2001", "2002", "2003"):
            bed.console(f"queue remove member PJSIP/{extension} from {queue}")


def come(pbx, queue, **variables):
    """Let a caller come to a queue as the menu sends them: a Local channel whose far side waits."""
    named = {"CENTRALA_QUEUE": queue, "CENTRALA_LANGUAGE": "sr"} | variables
    pbx.send(
        Action="Originate",
        Channel="Local/queue@after-ivr/n",
        Context="test-caller",
        Exten="s",
        Priority="1",
        Timeout="60000",
        Async="true",
        CallerID=f"<{variables.get('who', '0641234567')}>",
        Variable=",".join(f"{name}={value}" for name, value in named.items() if name != "who"),
    )


def waiting(bed, queue):
    """Return who waits in a queue, first first, by the caller's channel number."""
    lines = bed.console(f"queue show {queue}").partition("Callers:")[2].splitlines()
    return [line.split()[1] for line in lines if "(wait:" in line]


def in_queue(bed, queue, count):
    return len(waiting(bed, queue)) == count


def ringing(bed):
    """Return the extensions whose phone rings."""
    rows = [line.split("!") for line in bed.console("core show channels concise").splitlines()]
    return {row[0][6:10] for row in rows if len(row) > 4 and row[0].startswith("PJSIP/2") and row[4] == "Ringing"}


def test_those_who_speak_it_are_rung_first_then_anybody(bed, pbx):
    register_operator(bed, "2001", ring_ms=60000)
    register_operator(bed, "2002", ring_ms=60000, queues=["operators", "hungarian"])
    come(pbx, "hungarian")
    wait_for(partial(in_queue, bed, "hungarian", 1))
    wait_for(lambda: ringing(bed) == {"2002"}, reason="who speaks it is rung")
    assert waiting(bed, "operators") == []
    wait_for(partial(in_queue, bed, "operators", 1), reason="after five seconds everybody's caller")
    wait_for(lambda: ringing(bed) == {"2001"}, reason="whoever has been idle longest is rung: 2002 was rung just now")


def test_nobody_logged_in_who_speaks_it_costs_no_wait(bed, pbx):
    register_operator(bed, "2003", ring_ms=60000)
    come(pbx, "hungarian")
    wait_for(partial(in_queue, bed, "operators", 1), timeout=3, reason="at once to those who are there")


def test_the_place_is_that_of_the_whole_wait(bed, pbx):
    register_operator(bed, "2003", ring_ms=60000)
    bed.console("queue add member PJSIP/2003 to hungarian")
    bed.console("queue pause member PJSIP/2003")
    come(pbx, "hungarian")
    wait_for(partial(in_queue, bed, "hungarian", 1))
    first = waiting(bed, "hungarian")[0]
    # The clock of the place counts whole seconds; the second caller must come in a later one.
    wait_for(lambda: "wait: 0:02" in bed.console("queue show hungarian"), reason="two seconds of waiting")
    come(pbx, "operators")
    wait_for(partial(in_queue, bed, "operators", 1))
    wait_for(partial(in_queue, bed, "operators", 2), reason="overflow")
    assert waiting(bed, "operators")[0] == first, "who came first stands first, though the queue is another"
    come(pbx, "operators", QUEUE_PRIO="5")
    wait_for(partial(in_queue, bed, "operators", 3))
    assert waiting(bed, "operators")[1] == first, "what cannot wait goes before"


def test_too_many_for_those_at_work_send_the_next_one_on(bed, pbx):
    register_operator(bed, "2003", ring_ms=60000)
    bed.console("queue add member PJSIP/2003 to crowded")
    come(pbx, "crowded")
    wait_for(partial(in_queue, bed, "crowded", 1))
    come(pbx, "crowded")
    wait_for(partial(in_queue, bed, "operators", 1), reason="one waits for one operator: the next goes on")
    assert len(waiting(bed, "crowded")) == 1


def test_ones_own_operator_is_tried_first_and_only_when_free(bed, pbx):
    register_operator(bed, "2003", ring_ms=60000, queues=["operators", "own-2003"])
    come(pbx, "operators", CENTRALA_OWN="2003")
    wait_for(partial(in_queue, bed, "own-2003", 1), reason="their own operator is rung")
    wait_for(partial(in_queue, bed, "operators", 1), timeout=10, reason="and then the queue")
    wait_for(lambda: ringing(bed) == {"2003"}, reason="which rings 2003 again")
    come(pbx, "operators", CENTRALA_OWN="2003")
    wait_for(partial(in_queue, bed, "operators", 2), reason="the second goes on")
    come(pbx, "operators", CENTRALA_OWN="2005")
    wait_for(partial(in_queue, bed, "operators", 3), reason="2005 is not logged in")
    own = [row["data"] for row in bed.cel("APP_START") if row["data"].startswith("own-")]
    assert len(own) == 1, f"2003 rings already: nobody else waits for one phone: {own}"
