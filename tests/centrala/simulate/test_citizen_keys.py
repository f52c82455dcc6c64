"""What may stand in `--keys`, and what a result says."""

from pathlib import Path

import pytest

from centrala.simulate.citizen import parse_keys
from centrala.simulate.hearing import CallResult, HearingReport
from dispatch.wav_files import Heard


def test_groups_and_waits():
    assert parse_keys(" 1, 2,w,264100417,#") == ["1", "2", "w", "264100417", "#"]
    assert parse_keys("") == []


@pytest.mark.parametrize("text", ["1,x", "ww", "1;2", "A"])
def test_what_is_not_a_key_is_named(text):
    with pytest.raises(ValueError, match="is not a key"):
        parse_keys(text)


def test_silence_and_a_cut_stand_out():
    silent = CallResult(True, Heard(3.0, -99.0, ()), Path("x.wav"))
    assert "SILENT" in silent.lines()[0]
    assert not silent.audible
    cut = CallResult(True, Heard(1.0, -20.0, ((0.2, 1.0),)), Path("x.wav"), words=("dobar", "dan"))
    assert "CUT" in cut.lines()[0]
    assert cut.lines()[-1] == "words: dobar dan"
    assert CallResult(False, None, None, ended="486 Busy Here").lines() == ["not answered: 486 Busy Here"]


def test_events_become_lines():
    lines = []
    report = HearingReport(lines.append)
    for event in (
        {"event": "sounding", "value": [True, 1.0]},
        {"event": "sounding", "value": [False, 2.0]},
        {"event": "key", "value": "7"},
        {"event": "media", "value": True},
        {"event": "ended", "value": [200, "OK"]},
    ):
        report.take(event)
    assert [line.split("s  ")[1] for line in lines] == ["sound", "silence", "key 7", "ended: 200 OK"]
