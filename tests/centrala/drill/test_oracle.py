"""The oracle must be able to fail: a whole call passes, and each kind of broken fact is found under its own name."""

from dataclasses import replace

import pytest

from centrala.drill.evidence import CallerSide, CaseRow, CelCall, Evidence, MissedRow, Record, SoundRow, Wish
from centrala.drill.oracle import Allowance, judge

CALL = SoundRow("1.1", "1.1", "call", "calls/2026-11-22/1.1.wav", "complete")
MESSAGE = SoundRow("1.1-m", "1.1", "message", "messages/1.1-m.wav", "complete")
CASE = CaseRow("261000017", "1.1")
CALLER = CallerSide(
    "0640000001", Wish.MESSAGE, answered=True, served=True, spoke=True, told=(CASE.number,), dead_air=0.8
)
IMPATIENT = CallerSide("0640000002", Wish.HANG_UP, answered=True)
CALLERS = [CALLER, IMPATIENT]
FOUND = Evidence(
    cel=(CelCall("1.1", CALLER.number, True), CelCall("1.2", IMPATIENT.number, True)),
    journal={"1.1": (CASE.number,), "1.2": ()},
    records=(Record("1.1", "message_left", True), Record("1.2", "abandoned_menu", True)),
    cases=(CASE,),
    missed=(MissedRow("1.2", True),),
    sounds=(CALL, MESSAGE, replace(CALL, id="1.2", linkedid="1.2", path="calls/2026-11-22/1.2.wav")),
    audio={CALL.path: 16044, MESSAGE.path: 8044, "calls/2026-11-22/1.2.wav": 4044},
)
CALL_2 = FOUND.sounds[2]


def test_two_whole_calls_are_two_calls_and_one_case():
    verdict = judge(CALLERS, FOUND)
    assert verdict.findings == ()
    assert (verdict.calls, verdict.cases, verdict.longest) == (2, 1, 0.8)


def test_calls_of_others_are_not_looked_at():
    stranger = CelCall("9.9", "2001", True)
    assert judge(CALLERS, replace(FOUND, cel=(*FOUND.cel, stranger))).findings == ()


@pytest.mark.parametrize(
    ("where", "change"),
    [
        pytest.param("lost", {"cases": ()}, id="case gone"),
        pytest.param("lost", {"cases": (replace(CASE, number="261000025"),)}, id="told another case"),
        pytest.param("lost", {"journal": {"1.1": (CASE.number, "261000033")}}, id="case in the journal only"),
        pytest.param("lost", {"spooled": ("spool/dialplan/1.2.wav",)}, id="message left in a spool"),
        pytest.param("unaccounted", {"records": FOUND.records[:1]}, id="no record"),
        pytest.param("unaccounted", {"records": (FOUND.records[0], Record("1.2", None, False))}, id="no end"),
        pytest.param("unaccounted", {"records": (FOUND.records[0], Record("1.2", None, True))}, id="no outcome"),
        pytest.param("unaccounted", {"cel": FOUND.cel[:1]}, id="not in CEL"),
        pytest.param("unaccounted", {"missed": ()}, id="not on the missed list"),
        pytest.param("unaccounted", {"missed": (*FOUND.missed, MissedRow("1.1", True))}, id="served, still missed"),
        pytest.param("doubled", {"cases": (CASE, replace(CASE, number="261000025"))}, id="two cases"),
        pytest.param("doubled", {"cases": (replace(CASE, created=2),)}, id="created twice"),
        pytest.param("doubled", {"cel": (*FOUND.cel, CelCall("1.3", IMPATIENT.number, False))}, id="two calls"),
        pytest.param("doubled", {"sounds": (*FOUND.sounds, replace(CALL, id="x"))}, id="one file, two rows"),
        pytest.param(
            "doubled", {"sounds": (*FOUND.sounds, replace(CALL, id="y", path="calls/y.wav"))}, id="recorded twice"
        ),
        pytest.param("doubled", {"missed": FOUND.missed * 2}, id="missed twice"),
        pytest.param("recordings", {"sounds": (CALL, MESSAGE)}, id="not recorded"),
        pytest.param("recordings", {"sounds": (CALL, CALL_2)}, id="case without its message"),
        pytest.param("recordings", {"sounds": (replace(CALL, state="missing"), MESSAGE, CALL_2)}, id="missing"),
        pytest.param("recordings", {"sounds": (replace(CALL, state="recording"), MESSAGE, CALL_2)}, id="unfinished"),
        pytest.param("recordings", {"sounds": (replace(CALL, state="partial"), MESSAGE, CALL_2)}, id="cut off"),
        pytest.param("recordings", {"audio": {**FOUND.audio, CALL.path: 44}}, id="empty file"),
        pytest.param("recordings", {"audio": {**FOUND.audio, "calls/incoming/7.wav": 9000}}, id="unlinked"),
    ],
)
def test_one_broken_fact_is_found(where, change):
    verdict = judge(CALLERS, replace(FOUND, **change))
    assert getattr(verdict, where) != ()


def test_dead_air_is_found():
    verdict = judge([replace(CALLER, dead_air=3.4), IMPATIENT], FOUND)
    assert verdict.dead_air == (f"{CALLER.number} heard nothing for 3.4 s",)
    assert verdict.longest == 3.4


def test_who_spoke_and_was_cut_off_is_a_case_or_on_the_list():
    cut = replace(CALLER, served=False, told=(), dropped=True)
    drops = Allowance(drops=True)
    nothing = replace(
        FOUND,
        cases=(),
        journal={},
        records=(Record("1.1", "failed", True), FOUND.records[1]),
        missed=FOUND.missed,
        sounds=(CALL, CALL_2),
        audio={CALL.path: 16044, CALL_2.path: 4044},
    )
    assert len(judge([cut, IMPATIENT], nothing, drops).unaccounted) == 2
    listed = replace(nothing, missed=(*FOUND.missed, MissedRow("1.1", True)))
    assert judge([cut, IMPATIENT], listed, drops).findings == ()


def test_a_full_disk_excuses_flagged_recordings_only():
    flagged = replace(FOUND, sounds=(replace(CALL, state="missing"), MESSAGE, replace(CALL_2, state="partial")))
    assert judge(CALLERS, flagged, Allowance(none=True)).recordings == ()
    assert len(judge(CALLERS, flagged, Allowance(cut_off=True)).recordings) == 1
    silent = replace(FOUND, sounds=(CALL, MESSAGE, replace(CALL_2, state="recording")))
    assert judge(CALLERS, silent, Allowance(none=True)).recordings != ()


def test_a_call_killed_in_the_moment_of_its_answer_has_no_recording_and_that_is_said():
    sounds = (CALL, MESSAGE, replace(CALL_2, state="missing"))
    not_begun = replace(FOUND, journal={"1.1": (CASE.number,)}, sounds=sounds)
    assert judge(CALLERS, not_begun, Allowance(cut_off=True, drops=True)).recordings == ()
    assert judge(CALLERS, not_begun).recordings != ()
    assert judge(CALLERS, replace(FOUND, sounds=sounds), Allowance(drops=True)).recordings != ()


def test_a_broken_line_is_found_unless_the_exchange_itself_was_killed():
    callers = [replace(CALLER, dropped=True), replace(IMPATIENT, answered=False)]
    assert len(judge(callers, FOUND).broken) == 2
    assert judge(callers, FOUND, Allowance(drops=True)).broken == ()
