"""A sealed file: what goes in comes out, from any position; what was touched is found and never read."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.month_keys import KeyDamagedError, KeyGoneError, MonthKeys
from recordings.vault import CHUNK, TAG, Part, TamperedError, open_sealed, read_header, seal

SLOW_DISK = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
NAME = "1795317647.0"
MONTH = "2026-11"


@pytest.fixture
def keys(tmp_path):
    return MonthKeys(tmp_path / "keys", b"m" * 32)


def put(folder, keys, sound, *, name=NAME, peaks=b"\x01\x02"):
    path = folder / f"{name}.sealed"
    parts = {"peaks": Part("application/octet-stream", peaks), "sound": Part("audio/ogg", sound)}
    size = seal(path, name, keys.for_sealing(MONTH), parts, seconds=1.5)
    assert size == path.stat().st_size
    return path


def read(path, keys, start, stop, name=NAME):
    sealed = open_sealed(path, name, keys)
    place = sealed.part("sound")
    return b"".join(sealed.pieces(place.offset + start, place.offset + min(stop, place.size)))


@SLOW_DISK
@given(
    data=st.data(), size=st.one_of(st.integers(0, 300), st.integers(CHUNK - 3, CHUNK + 3), st.integers(0, 4 * CHUNK))
)
def test_any_slice_is_the_slice_of_what_was_sealed(tmp_path, keys, data, size):
    sound = os.urandom(size)
    path = put(tmp_path, keys, sound)
    sealed = open_sealed(path, NAME, keys)
    assert (sealed.read("sound"), sealed.read("peaks"), sealed.seconds) == (sound, b"\x01\x02", 1.5)
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size + 10))
    assert read(path, keys, start, stop) == sound[start:stop]


def test_only_the_chunks_asked_for_are_decrypted(tmp_path, keys):
    sound = os.urandom(5 * CHUNK)
    path = put(tmp_path, keys, sound)
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1  # the last chunk is damaged, and nobody asks for it
    path.write_bytes(raw)
    assert read(path, keys, CHUNK, 2 * CHUNK) == sound[CHUNK : 2 * CHUNK]
    with pytest.raises(TamperedError, match="chunk 5"):
        read(path, keys, 4 * CHUNK, 5 * CHUNK)


def places(raw):
    """Yield a byte of every kind: magic, length, each field of the header, chunks' beginnings, middles and tags."""
    head = int.from_bytes(raw[8:10], "big")
    yield from (0, 7, 8, 9)
    yield from range(10, 10 + head)
    body = 10 + head
    for number in range(3):
        begin = body + number * (CHUNK + TAG)
        yield from (place for place in (begin, begin + 100, begin + CHUNK - 1, begin + CHUNK) if place < len(raw))
    yield len(raw) - 1


def test_a_changed_byte_anywhere_is_found(tmp_path, keys):
    path = put(tmp_path, keys, os.urandom(2 * CHUNK + 77))
    whole = path.read_bytes()
    for place in places(whole):
        for flip in (0x01, 0x80):
            raw = bytearray(whole)
            raw[place] ^= flip
            path.write_bytes(raw)
            with pytest.raises((TamperedError, KeyGoneError)):
                open_sealed(path, NAME, keys).verify()
    path.write_bytes(whole)
    open_sealed(path, NAME, keys).verify()


@SLOW_DISK
@given(length=st.integers(0, 2 * CHUNK + 400))
def test_a_shorter_file_is_found_wherever_it_is_cut(tmp_path, keys, length):
    path = put(tmp_path, keys, b"s" * (2 * CHUNK + 10))
    raw = path.read_bytes()
    path.write_bytes(raw[: min(length, len(raw) - 1)])
    with pytest.raises(TamperedError):
        open_sealed(path, NAME, keys).verify()


def test_exchanged_repeated_and_added_chunks_are_found(tmp_path, keys):
    path = put(tmp_path, keys, os.urandom(3 * CHUNK - 2))
    raw = path.read_bytes()
    begins = len(raw) - 3 * (CHUNK + TAG)
    one, two, three = (raw[begins + n * (CHUNK + TAG) : begins + (n + 1) * (CHUNK + TAG)] for n in range(3))
    for chunks in ((two, one, three), (one, one, three), (one, two, three, three), (one, two), (one, three)):
        path.write_bytes(raw[:begins] + b"".join(chunks))
        with pytest.raises(TamperedError):
            open_sealed(path, NAME, keys).verify()


def test_another_recordings_file_or_chunk_does_not_pass(tmp_path, keys):
    path, other = put(tmp_path, keys, b"a" * 100), put(tmp_path, keys, b"b" * 100, name="1795317648.0")
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    with pytest.raises(TamperedError, match="was sealed as"):
        open_sealed(path, NAME, keys)
    path.write_bytes(mine[:-116] + theirs[-116:])
    with pytest.raises(TamperedError):
        open_sealed(path, NAME, keys).verify()


def test_two_files_of_the_same_sound_have_nothing_in_common(tmp_path, keys):
    first = put(tmp_path, keys, b"s" * 1000).read_bytes()
    second = put(tmp_path, keys, b"s" * 1000).read_bytes()
    assert first[-1000:] != second[-1000:]
    assert b"ssss" not in first


def test_a_destroyed_month_is_gone_and_the_next_month_is_not(tmp_path, keys):
    path = put(tmp_path, keys, b"november")
    later = tmp_path / "later.sealed"
    seal(later, "2.0", keys.for_sealing("2026-12"), {"sound": Part("audio/ogg", b"december")})
    assert keys.months() == ["2026-11", "2026-12"]
    assert keys.destroy("2026-11")
    assert not keys.destroy("2026-11")
    with pytest.raises(KeyGoneError, match="destroyed"):
        open_sealed(path, NAME, keys)
    assert open_sealed(later, "2.0", keys).read("sound") == b"december"
    assert keys.for_sealing("2026-11", "2026-12")[0] == "2026-12", "a late recording takes the next month's key"
    with pytest.raises(KeyGoneError):
        keys.for_sealing("2026-11")
    assert read_header(path)[0]["month"] == "2026-11"


def test_keys_are_the_owners_alone_and_open_with_their_master_only(tmp_path, keys):
    keys.for_sealing(MONTH)
    file = tmp_path / "keys" / f"{MONTH}.key"
    assert file.stat().st_mode & 0o077 == 0
    assert keys.key_of(MONTH) not in file.read_bytes()
    with pytest.raises(KeyDamagedError, match="master"):
        MonthKeys(tmp_path / "keys", b"x" * 32).key_of(MONTH)
    with pytest.raises(KeyGoneError, match="no month"):
        keys.key_of("../2026-11")
    with pytest.raises(ValueError, match="32"):
        MonthKeys(tmp_path / "keys", b"short")


def test_a_full_disk_leaves_nothing_behind(tmp_path, keys, monkeypatch):
    path = put(tmp_path, keys, b"old")
    before = path.read_bytes()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recordings.vault.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        put(tmp_path, keys, b"new")
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == [path.name]
