import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.g711 import from_alaw, from_ulaw, to_alaw, to_ulaw

ALL_BYTES = bytes(range(256))


@pytest.mark.parametrize(
    ("sample", "ulaw", "alaw"),
    [
        (0, 0xFF, 0xD5),
        (-1, 0x7F, 0x55),
        (8, 0xFE, 0xD5),
        (-9, 0x7E, 0x55),
        (1000, 0xCE, 0xFA),
        (-1000, 0x4E, 0x7A),
        (8159, 0x9F, 0x8A),
        (32767, 0x80, 0xAA),
        (-32768, 0x00, 0x2A),
    ],
)
def test_known_values(sample, ulaw, alaw):
    samples = np.array([sample], np.int16)
    assert to_ulaw(samples) == bytes([ulaw])
    assert to_alaw(samples) == bytes([alaw])


def test_every_code_survives_decoding_and_encoding():
    assert to_alaw(from_alaw(ALL_BYTES)) == ALL_BYTES
    # µ-law has two zeros; the negative one comes back as the positive one.
    assert to_ulaw(from_ulaw(ALL_BYTES)) == ALL_BYTES.replace(b"\x7f", b"\xff")


def test_known_decoded_values():
    assert list(from_ulaw(bytes([0xFF, 0x7F, 0x80, 0x00, 0xCE]))) == [0, 0, 32124, -32124, 988]
    assert list(from_alaw(bytes([0xD5, 0x55, 0xAA, 0x2A, 0xFA]))) == [8, -8, 32256, -32256, 1008]


@given(st.integers(-32768, 32767))
def test_the_error_is_at_most_half_a_step(sample):
    samples = np.array([sample], np.int16)
    for encode, decode, largest in ((to_ulaw, from_ulaw, 32124), (to_alaw, from_alaw, 32256)):
        heard = int(decode(encode(samples))[0])
        allowed = abs(sample) / 32 + 9 + max(0, abs(sample) - largest)
        assert abs(heard - sample) <= allowed
