import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.cel import COLUMNS, masked, parse_cel_line

LINE = (
    '"HANGUP","1795338000.250000","+381641234567","1795337990.1","1795337990.1","PJSIP/test-00000001",'
    '"AppDial","","","{""hangupcause"":16,""hangupsource"":""PJSIP/test-00000001"",""dialstatus"":""""}",'
    '"inbound","311",""'
)


def test_a_row_keeps_what_is_needed_and_no_number():
    row = parse_cel_line(LINE)
    assert (row.event, row.linkedid, row.channel) == ("HANGUP", "1795337990.1", "PJSIP/test-00000001")
    assert row.at.timestamp() == 1795338000.25
    assert row.caller == "+381641234567"
    assert row.data == {
        "appname": "AppDial",
        "context": "inbound",
        "exten": "311",
        "hangupcause": 16,
        "hangupsource": "PJSIP/test-00000001",
        "dialstatus": "",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Local/0641234567@from-internal-0000001a;1", "Local/…@from-internal-0000001a;1"),
        ("PJSIP/test/sip:+381641234567@host", "PJSIP/test/sip:…@host"),
        ("PJSIP/2001-00000001", "PJSIP/2001-00000001"),
        ("1795337990.12", "1795337990.12"),
        ("0641234567", "…"),
        ("311", "311"),
    ],
)
def test_masking(text, expected):
    assert masked(text) == expected


def test_our_own_long_public_number_is_kept_only_where_citizens_come_in():
    inbound = parse_cel_line(LINE.replace('"inbound","311"', '"from-trunk","037123456"'))
    outbound = parse_cel_line(LINE.replace('"inbound","311"', '"order-call","0641234567"'))
    assert (inbound.data["exten"], outbound.data["exten"]) == ("037123456", "…")


def test_the_user_event_keeps_its_words():
    line = LINE.replace('"HANGUP"', '"USER_DEFINED"').replace('{""hangupcause"":16,', '{""extra"":""1795337990.1"",')
    row = parse_cel_line(line.replace('"311",""', '"311","CENTRALA_FALLBACK"'))
    assert (row.data["userdeftype"], row.data["extra"]) == ("CENTRALA_FALLBACK", "1795337990.1")


@pytest.mark.parametrize("line", ["", "a,b", '"' * 13, ",".join(["x"] * len(COLUMNS)), LINE[:40]])
def test_another_shape_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        parse_cel_line(line)


@given(st.text())
def test_no_text_does_more_than_raise_value_error(text):
    try:
        parse_cel_line(text)
    except ValueError:
        return
    raise AssertionError("random text passed as a CEL line")


def test_the_trunks_channel_of_a_call_that_goes_out_keeps_no_number():
    line = LINE.replace('"1795337990.1","1795337990.1"', '"1795337990.2","1795337990.1"')
    assert parse_cel_line(line.replace('"inbound","311"', '"from-trunk","+381641234567"')).data["exten"] == "…"
