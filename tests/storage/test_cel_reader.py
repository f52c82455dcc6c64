import pytest
from sqlalchemy import select

from calls.cel import COLUMNS
from storage import call_repository, missed_repository, recording_repository
from storage.call_assembly import assemble
from storage.cel_files import CelFiles
from storage.cel_reader import CelReader
from storage.database import DatabaseDown
from storage.tables import cel_rows, metadata

NUMBER = "+381641234567"
T0 = 1795338000.0


def line(seconds, event, channel="PJSIP/test-00000001", uniqueid="1.1", linkedid="1.1", **columns):
    values = dict.fromkeys(COLUMNS, "") | {
        "event": event,
        "eventtime": f"{T0 + seconds:.6f}",
        "cid_num": "0641234567",
        "uniqueid": uniqueid,
        "linkedid": linkedid,
        "channame": channel,
        "context": "inbound",
        "exten": "311",
    }
    cells = ['"' + str((values | columns)[name]).replace('"', '""') + '"' for name in COLUMNS]
    return ",".join(cells) + "\n"


def hangup(seconds, cause=16, source="PJSIP/test-00000001", **columns):
    extra = f'{{"hangupcause":{cause},"hangupsource":"{source}","dialstatus":""}}'
    return line(seconds, "HANGUP", extra=extra, **columns)


OPERATOR = {"channel": "PJSIP/2001-00000002", "uniqueid": "1.2", "context": "operators", "exten": "s"}
ARRIVAL = [line(0, "CHAN_START", context="from-trunk"), line(0.1, "ANSWER")]
END = [hangup(40), line(40, "CHAN_END"), line(40, "LINKEDID_END")]
TALK = [
    line(10, "APP_START", appname="Queue"),
    line(11, "CHAN_START", **OPERATOR),
    line(14, "ANSWER", **OPERATOR),
    line(14, "BRIDGE_ENTER", **OPERATOR),
    line(39, "CHAN_END", **OPERATOR),
]


class Rig:
    def __init__(self, folder, database, identity, clock):
        self.folder = folder
        self.folder.mkdir()
        self.database = database
        self.identity = identity
        self.clock = clock
        self.events = []
        self.start()

    def start(self):
        async def publish(event):
            self.events.append((event.type.value, dict(event.data)))

        files = CelFiles(self.folder)
        self.reader = CelReader(files, self.database, self.identity.remember_caller, publish, self.clock, batch=3)

    def write(self, *lines, name="Master.csv"):
        with (self.folder / name).open("a") as file:
            file.write("".join(lines))

    async def call(self, linkedid="1.1"):
        async with self.database.read() as connection:
            return await call_repository.get(connection, linkedid)

    async def missed(self, open_only=True):
        async with self.database.read() as connection:
            return (await missed_repository.search(connection, open_only=open_only))[0]

    async def rows(self):
        async with self.database.read() as connection:
            return (await connection.execute(select(cel_rows).order_by(cel_rows.c.id))).mappings().all()


@pytest.fixture
def rig(tmp_path, database, identity, clock):
    return Rig(tmp_path / "cel-custom", database, identity, clock)


async def test_an_answered_call_has_its_record_legs_and_recording(rig, identity):
    rig.write(*ARRIVAL, *TALK, *END)
    await rig.reader.catch_up()
    call = await rig.call()
    async with rig.database.read() as connection:
        legs = await call_repository.legs(connection, "1.1")
        (sound,) = await recording_repository.of_call(connection, "1.1")
    assert (call.outcome, call.operator, call.did, call.hangup_cause) == ("operator", "2001", "311", 16)
    assert (call.caller_kind, call.caller_token) == ("number", identity.token_of(NUMBER))
    assert [(leg.uniqueid, leg.extension, leg.ended_at is not None) for leg in legs] == [
        ("1.1", None, True),
        ("1.2", "2001", True),
    ]
    assert legs[0].cause == 16
    assert (sound.path, sound.state) == ("calls/incoming/1.1.wav", "recording")
    assert rig.events == [("call.ended", {"linkedid": "1.1", "outcome": "operator"})]
    assert await rig.missed() == []


async def test_a_call_shows_while_it_lasts(rig, now):
    rig.write(*ARRIVAL, *TALK[:1])
    await rig.reader.catch_up()
    call = await rig.call()
    assert (call.outcome, call.ended_at, call.operator_answered_at) == (None, None, None)
    async with rig.database.read() as connection:
        summary = await call_repository.live_summary(connection, call.queued_at, call.arrived_at)
    assert (summary.active, summary.waiting, summary.arrived_today) == (1, 1, 1)


async def test_who_hung_up_while_waiting_is_on_the_missed_list_until_closed(rig, clock):
    rig.write(*ARRIVAL, TALK[0], *END)
    await rig.reader.catch_up()
    (missed,) = await rig.missed()
    assert (missed.reason, missed.last_step, missed.caller_kind) == ("abandoned_queue", "queue", "number")
    async with rig.database.begin() as connection:
        with pytest.raises(ValueError, match="say the reason"):
            await missed_repository.close(connection, missed.id, how="reason", note=" ", by="2003", at=clock())
        closing = {"how": "callback", "note": "", "by": "2003", "at": clock()}
        assert await missed_repository.close(connection, missed.id, **closing)
        assert not await missed_repository.close(connection, missed.id, **closing)
        await assemble(connection, "1.1")
    assert await rig.missed() == []
    (closed,) = await rig.missed(open_only=False)
    assert (closed.closed_how, closed.closed_by) == ("callback", "2003")


async def test_no_number_is_stored_beside_the_call(rig):
    rig.write(
        *ARRIVAL,
        hangup(1, source="Local/0641234567@x-00000001;1"),
        line(1, "CHAN_START", channel="Local/0641234567@x-00000001;1", context="x", exten="0641234567"),
        *END,
    )
    await rig.reader.catch_up()
    async with rig.database.read() as connection:
        whole = [
            str(dict(row))
            for table in metadata.sorted_tables
            for row in (await connection.execute(select(table))).mappings()
        ]
    assert "1234567" not in "".join(whole)


async def test_a_torn_line_waits_and_a_broken_one_is_passed_over(rig):
    last = line(0.1, "ANSWER")
    rig.write(ARRIVAL[0], "not,a,row\n", last[:30])
    await rig.reader.catch_up()
    assert [row["event"] for row in await rig.rows()] == ["CHAN_START"]
    rig.write(last[30:])
    await rig.reader.catch_up()
    assert [row["event"] for row in await rig.rows()] == ["CHAN_START", "ANSWER"]


async def test_a_line_end_in_the_callers_number_breaks_no_row(rig):
    evil = '0641\r\n"CHAN_END","1","","9.9","9.9"'
    torn = line(41, "CHAN_START", uniqueid="2.1", linkedid="2.1")[:60] + "\n"
    rig.write(line(0, "CHAN_START", context="from-trunk", cid_num=evil), line(0.1, "ANSWER"), *END, torn, *TALK)
    await rig.reader.catch_up()
    found = await rig.rows()
    assert [row["event"] for row in found][:2] == ["CHAN_START", "ANSWER"]
    assert len(found) == 2 + len(END) + len(TALK), "the torn row alone is passed over"
    assert {row["linkedid"] for row in found} == {"1.1"}


async def test_rotation_by_rename_loses_and_doubles_nothing(rig):
    rig.write(*ARRIVAL)
    await rig.reader.catch_up()
    rig.write(TALK[0])
    (rig.folder / "Master.csv").rename(rig.folder / "Master.csv.1")
    rig.write(*END)
    rig.start()
    await rig.reader.catch_up()
    assert [row["event"] for row in await rig.rows()] == [
        "CHAN_START",
        "ANSWER",
        "APP_START",
        "HANGUP",
        "CHAN_END",
        "LINKEDID_END",
    ]
    assert rig.reader.backlog_bytes == 0


async def test_a_restart_reads_nothing_twice(rig):
    rig.write(*ARRIVAL, *TALK, *END)
    for _ in range(2):
        rig.start()
        await rig.reader.catch_up()
    assert len(await rig.rows()) == len([*ARRIVAL, *TALK, *END])
    assert len(rig.events) == 1


async def test_the_place_is_kept_when_the_identity_store_is_down(rig):
    async def broken(number):
        raise DatabaseDown("down")

    rig.write(*ARRIVAL)
    rig.reader._remember_caller = broken
    with pytest.raises(DatabaseDown):
        await rig.reader.step()
    assert await rig.rows() == []
    rig.reader._remember_caller = rig.identity.remember_caller
    await rig.reader.catch_up()
    assert len(await rig.rows()) == 2


async def test_an_absent_folder_is_nothing_to_read(tmp_path, database, identity, clock):
    rig = Rig(tmp_path / "cel-custom", database, identity, clock)
    rig.folder.rmdir()
    assert not await rig.reader.step()


async def test_internal_and_test_calls_are_never_missed(rig):
    rig.write(
        line(0, "CHAN_START", context="operators", channel="PJSIP/2001-00000001"), hangup(2), line(3, "LINKEDID_END")
    )
    other = {"uniqueid": "2.1", "linkedid": "2.1"}
    rig.write(
        line(0, "CHAN_START", context="synthetic", **other), line(3, "LINKEDID_END", context="synthetic", **other)
    )
    await rig.reader.catch_up()
    assert (await rig.call("1.1")).outcome == "internal"
    assert (await rig.call("2.1")).synthetic
    assert await rig.missed() == []
    async with rig.database.read() as connection:
        shown, total = await call_repository.search(connection)
        with_tests, _ = await call_repository.search(connection, synthetic=True, order="arrived_at")
    assert ([call.linkedid for call in shown], total, len(with_tests)) == (["1.1"], 1, 2)


async def test_calls_are_found_by_text_operator_outcome_and_caller(rig, identity):
    rig.write(*ARRIVAL, *TALK, *END)
    await rig.reader.catch_up()
    token = identity.token_of(NUMBER)
    for wanted, count in (
        ({"text": "2001 operator"}, 1),
        ({"text": "nobody"}, 0),
        ({"operator": "2001", "outcome": "operator"}, 1),
        ({"caller_token": token, "active_only": True}, 0),
        ({"caller_token": token}, 1),
    ):
        async with rig.database.read() as connection:
            assert (await call_repository.search(connection, **wanted))[1] == count, wanted
