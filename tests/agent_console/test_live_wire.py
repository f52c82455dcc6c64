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


@pytest.mark.parametrize("transport", [Transport(closing=True), Transport(buffered=1 << 20)])
def test_a_page_that_is_slow_or_gone_is_left_to_its_queue(transport):
    assert not Wire(transport).send(b"frame")
    assert transport.written == []
