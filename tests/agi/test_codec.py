import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.codec import (
    MOST_COMMAND_BYTES,
    MOST_HEADER_BYTES,
    MOST_LINE_BYTES,
    AgiDecoder,
    HangupLine,
    Header,
    ProtocolViolation,
    Reply,
    encode_command,
)
from tests.fakes.fake_asterisk import USAGE, header, words_of

OPENING = header("inbound", "token", "", "311")
CONVERSATION = (
    OPENING
    + b"200 result=1\n100 Trying...\n200 result=12 (timeout)\nHANGUP\n511 Command Not Permitted on a dead channel\n"
    + USAGE
    + b"200 result=-1 (hangup) endpos=8000\n510 Invalid or unknown command\n520 Invalid command syntax.\n"
    + b"200 result=1 (a (nested) value)\n"
)


def events_of(data: bytes, piece: int) -> list[object]:
    decoder = AgiDecoder()
    return [event for start in range(0, len(data), piece) for event in decoder.feed(data[start : start + piece])]


@pytest.mark.parametrize("piece", [1, 2, 7, 100_000])
def test_a_conversation_reads_the_same_in_pieces_of_any_size(piece):
    opening, *events = events_of(CONVERSATION, piece)

    assert isinstance(opening, Header)
    assert opening.fields["arg_1"] == "token"
    assert opening.fields["arg_2"] == ""
    assert [(event.code, event.result, event.data) if isinstance(event, Reply) else event for event in events] == [
        (200, "1", None),
        (200, "12", "timeout"),
        HangupLine(),
        (511, "", None),
        (520, "", None),
        (200, "-1", "hangup"),
        (510, "", None),
        (520, "", None),
        (200, "1", "a (nested) value"),
    ]
    assert events[5].end_position == 8000


def test_a_usage_text_does_not_pose_as_a_reply_and_lets_a_hangup_through():
    decoder = AgiDecoder()
    list(decoder.feed(OPENING))

    events = list(decoder.feed(b"520-Invalid\n200 result=7\nHANGUP\n520 End of proper usage.\n200 result=0\n"))

    assert events[0] == HangupLine()
    assert [event.code for event in events[1:]] == [520, 200]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"\n",
        b"agi_callerid: 1\nagi_callerid: 2\n\n",
        b"agi_x: " + b"a" * (MOST_LINE_BYTES + 1),
        b"".join(b"agi_arg_%d: %s\n" % (number, b"a" * 4000) for number in range(MOST_HEADER_BYTES // 4000 + 1)),
        b"\x16\x03\x01\x02\x00\x01\n",
    ],
    ids=["http", "empty", "twice", "long line", "long header", "tls"],
)
def test_what_is_not_a_header_is_refused(data):
    with pytest.raises(ProtocolViolation):
        list(AgiDecoder().feed(data))


def test_a_line_end_in_a_callers_name_cannot_replace_the_token():
    forged = header("inbound", "right", callerid="x\nagi_arg_1: forged")

    with pytest.raises(ProtocolViolation, match="arg_1 comes twice"):
        list(AgiDecoder().feed(forged))


def test_the_header_is_bounded_before_it_is_complete():
    decoder = AgiDecoder()
    list(decoder.feed(b"a" * MOST_LINE_BYTES))

    with pytest.raises(ProtocolViolation):
        list(decoder.feed(b"a"))


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_garbage_is_refused_or_read_but_never_kept_without_bound(pieces):
    decoder = AgiDecoder()
    try:
        for piece in (OPENING, *pieces):
            list(decoder.feed(piece))
    except ProtocolViolation:
        return
    assert len(decoder._buffer) <= MOST_LINE_BYTES


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_one_argument_stays_one_argument(arguments):
    line = encode_command("SET VARIABLE", *arguments)

    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert b"\0" not in line
    words = words_of(line[:-1].decode("utf-8"))
    assert words[:2] == ["SET", "VARIABLE"]
    assert len(words) == 2 + len(arguments)
    for word, argument in zip(words[2:], arguments, strict=True):
        assert len(word) == len(argument)
        assert all(got in (wanted, " ", "?") for got, wanted in zip(word, argument, strict=True))


@pytest.mark.parametrize(
    "value", ['" injected "x', "a\\", '\\"', "line\nEXEC System rm", "${SHELL(id)}", "a&b", "č\x00ć\x85"]
)
def test_hostile_values_cannot_leave_their_quotes(value):
    words = words_of(encode_command("SET VARIABLE", "CENTRALA_X", value)[:-1].decode())

    assert len(words) == 4
    assert words[3] == "".join(" " if ord(letter) < 32 or 127 <= ord(letter) < 160 else letter for letter in value)


def test_a_lone_surrogate_from_invalid_utf_8_is_neutralised():
    assert encode_command("NOOP", "a\udcff") == b'NOOP "a?"\n'


@pytest.mark.parametrize("verb", ["", "noop", "NOOP\nEXEC", "SET  VARIABLE", "GET DATA x"])
def test_a_verb_that_is_not_ours_is_refused(verb):
    with pytest.raises(ValueError, match="not an AGI verb"):
        encode_command(verb)


def test_a_command_that_asterisk_would_cut_is_refused():
    with pytest.raises(ValueError, match="bytes"):
        encode_command("STREAM FILE", "x" * MOST_COMMAND_BYTES)
