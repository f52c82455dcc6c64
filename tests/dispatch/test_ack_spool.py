"""Answers on the disk: kept, read again by another process, dropped, and damaged ones passed over."""

from datetime import UTC, datetime

from cases.ladder import AttemptOutcome
from dispatch.ack_spool import AckSpool, KeptAnswer

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_an_answer_survives_its_process(tmp_path):
    answer = KeptAnswer("order1", 2, AttemptOutcome.ACKNOWLEDGED, "91", AT)
    AckSpool(tmp_path / "answers").keep(answer)
    again = AckSpool(tmp_path / "answers")
    assert again.kept() == [answer]
    again.drop("order1", 2)
    again.drop("order1", 2)
    assert again.kept() == []


def test_a_damaged_file_is_reported_and_the_others_are_read(tmp_path, caplog):
    spool = AckSpool(tmp_path)
    spool.keep(KeptAnswer("order1", 1, AttemptOutcome.MORE_TIME, "2", AT))
    (tmp_path / "order2-1.ack").write_text("{")
    assert [answer.order for answer in spool.kept()] == ["order1"]
    assert "order2-1.ack" in caplog.text
