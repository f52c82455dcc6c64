"""Frames on the wire: their bytes, and when the quick way is closed."""

import pytest

from agent_console.live_wire import Wire, text_frame


class Transport:
    def __init__(self, buffered: int = 0, closing: bool = False) -> None:
        self.buffered, self.closing, self.written = buffered, closing, []

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def write(self, data: bytes) -> None:
        self.written.append(data)


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65535, b"\x81\x7e\xff\xff"),
        (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_the_head_of_a_frame_says_its_length(size, head):
    frame = text_frame("x" * size)
    assert frame.startswith(head)
    assert frame[len(head) :] == b"x" * size


def test_the_length_is_that_of_the_bytes_not_of_the_letters():
    assert text_frame("šđ") == b"\x81\x04" + "šđ".encode()


def test_a_page_that_keeps_up_is_written_to_at_once():
    transport = Transport(buffered=1000)
    assert Wire(transport).send(b"frame")
    assert transport.written == [b"frame"]


def test_what_everybody_gets_is_gathered_and_written_once():
    transport = Transport()
    wire = Wire(transport)
    assert wire.put(b"one")
    assert wire.put(b"two")
    assert transport.written == []
    wire.flush()
    wire.flush()
    assert transport.written == [b"onetwo"]


def test_a_frame_that_goes_at_once_does_not_overtake_what_was_gathered():
    transport = Transport()
    wire = Wire(transport)
    assert wire.put(b"one")
    assert wire.send(b"pop")
    wire.flush()
    assert transport.written == [b"onepop"]


@pytest.mark.parametrize("transport", [Transport(closing=True), Transport(buffered=1 << 20)])
def test_a_page_that_is_slow_or_gone_is_left_to_its_queue(transport):
    wire = Wire(transport)
    assert not wire.send(b"frame")
    assert not wire.put(b"frame")
    wire.flush()
    assert transport.written == []


def test_what_was_gathered_for_a_page_that_falls_behind_comes_before_its_queue():
    transport = Transport()
    wire = Wire(transport)
    assert wire.put(b"one")
    transport.buffered = 1 << 20
    assert not wire.put(b"two")
    assert transport.written == [b"one"]


def test_gathered_frames_count_as_buffered():
    transport = Transport()
    wire = Wire(transport)
    large = b"x" * (1 << 15)
    taken = [wire.put(large) for _ in range(4)]
    assert taken == [True, True, True, False]
    assert transport.written == [large * 3]


def test_a_page_that_went_in_the_meantime_is_not_written_to():
    transport = Transport()
    wire = Wire(transport)
    assert wire.put(b"one")
    transport.closing = True
    wire.flush()
    assert transport.written == []
