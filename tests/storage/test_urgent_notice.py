from datetime import UTC, datetime, timedelta

import pytest

from ivr.context import UrgentNotice
from storage.urgent_notice import LONGEST, UrgentNoticeFile

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return UrgentNoticeFile(tmp_path / "notices", lambda: NOW)


def test_another_process_sees_a_change_at_its_next_call(store, tmp_path):
    reader = UrgentNoticeFile(tmp_path / "notices", lambda: NOW)
    assert reader.current() is None

    sound = store.new_recording()
    store.switch_on(sound)
    assert reader.current() == UrgentNotice(str(sound), {}, NOW + LONGEST, "", NOW)

    ends = NOW + timedelta(hours=2)
    store.switch_on(texts={"sr": "Nema vode u centru."}, until=ends, by="vera")
    assert reader.current() == UrgentNotice("", {"sr": "Nema vode u centru."}, ends, "vera", NOW)

    store.switch_off()
    assert reader.current() is None


def test_a_notice_ends_by_itself_whether_an_end_was_given_or_not(tmp_path):
    now = [NOW]
    store = UrgentNoticeFile(tmp_path / "notices", lambda: now[0])
    for until, length in ((NOW + timedelta(hours=1), timedelta(hours=1)), (None, LONGEST)):
        now[0] = NOW
        store.switch_on(texts={"sr": "x"}, until=until)
        now[0] = NOW + length - timedelta(seconds=1)
        assert store.current() is not None
        now[0] = NOW + length
        assert store.current() is None


def test_a_damaged_file_counts_as_no_notice_and_is_reported(store, tmp_path, caplog):
    store.switch_on(texts={"sr": "x"})
    (tmp_path / "notices" / "urgent.json").write_text('{"active": true}')

    assert store.current() is None
    assert "urgent.json cannot be read" in caplog.text
