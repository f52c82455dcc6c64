from datetime import UTC, datetime, timedelta, timezone

import pytest

from recordings.naming import incoming_path, kept_path


def test_paths_are_made_of_ids_and_dates():
    started = datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert str(incoming_path("1795317647.0")) == "calls/incoming/1795317647.0.wav"
    assert str(kept_path("1795317647.0", started)) == "calls/2026-11-22/1795317647.0.wav"


@pytest.mark.parametrize("evil", ["../../etc/passwd", "a/b.1", "", "1795317647.0\n", "1795317647.0.wav", "${X}.1"])
def test_other_text_never_becomes_a_path(evil):
    with pytest.raises(ValueError, match="not a call id"):
        incoming_path(evil)
    with pytest.raises(ValueError, match="not a call id"):
        kept_path(evil, datetime(2026, 1, 1, tzinfo=UTC))
