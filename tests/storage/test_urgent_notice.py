from datetime import UTC, datetime

import pytest

from ivr.context import UrgentNotice
from storage.urgent_notice import UrgentNoticeFile


@pytest.fixture
def store(tmp_path):
    return UrgentNoticeFile(tmp_path / "notices", lambda: datetime(2026, 11, 22, 10, tzinfo=UTC))


def test_another_process_sees_a_change_at_its_next_call(store, tmp_path):
    reader = UrgentNoticeFile(tmp_path / "notices", lambda: datetime.now(UTC))
    assert reader.current() is None

    sound = store.new_recording()
    store.switch_on(sound)
    assert reader.current() == UrgentNotice(str(sound))

    store.switch_on(texts={"sr": "Nema vode u centru."})
    assert reader.current() == UrgentNotice("", {"sr": "Nema vode u centru."})

    store.switch_off()
    assert reader.current() is None


def test_a_damaged_file_counts_as_no_notice_and_is_reported(store, tmp_path, caplog):
    store.switch_on(texts={"sr": "x"})
    (tmp_path / "notices" / "urgent.json").write_text('{"active": true}')

    assert store.current() is None
    assert "urgent.json cannot be read" in caplog.text
