"""Who may score, read and answer; forms keep their old versions; every act is in the audit log."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from recordings.purge import purge
from storage import audit_repository
from storage.tables import users
from storage.work_tables import operator_sessions
from tests.agent_console.conftest import NOW
from tests.agent_console.hostile_text import CORPUS
from tests.agent_console.test_calls_api import CALL, audits
from tests.agent_console.test_every_route import Markup
from tests.agent_console.test_recordings_api import OTHER, two  # noqa: F401  a fixture

FORMS = "/api/v1/score-forms"
SCORES = "/api/v1/recordings/rec-1/scores"
MEDIA = f"/api/v1/calls/{CALL}/recordings/rec-1/media?purpose=ocena"
CRITERIA = [
    {"name": "Ljubaznost", "kind": "scale", "top": 5, "weight": 3, "fatal": False},
    {"name": "Proverio adresu", "kind": "yes_no", "top": 1, "weight": 1, "fatal": True},
]
FULL = {"form": 1, "version": 1, "marks": [{"value": 4, "comment": "topao glas"}, {"value": 1}], "comment": "dobro"}


@pytest.fixture
async def form(console, two):  # noqa: F811
    made = await console.json(
        "POST", FORMS, 201, user="vera", json={"name": "Razgovor", "criteria": CRITERIA}, key="form-key-1"
    )
    assert made == {"id": 1, "version": 1}
    return 1


async def listen(console, media=MEDIA):
    assert (await console.ask("GET", media, user="vera")).status == 200


async def score(console, status=201, key="score-key-1", path=SCORES, **changes):
    return await console.json("POST", path, status, user="vera", json=FULL | changes, key=key)


async def test_a_score_comes_after_listening_and_is_counted_by_the_formula(console, form):
    refused = await score(console, 409)
    assert refused["error_id"] == "listen_first"
    await listen(console)
    made = await score(console, key="score-key-2")
    assert made["percent"] == pytest.approx(100 * (3 * 4 / 5 + 1) / 4)
    (one,) = (await console.json("GET", SCORES, user="vera"))["items"]
    assert (one["operator"], one["scored_by"], one["version"], one["comment"]) == ("ana", "vera", 1, "dobro")
    assert [(mark["value"], mark["comment"]) for mark in one["marks"]] == [(4, "topao glas"), (1, "")]
    assert one["marks"][1]["criterion"] == CRITERIA[1]
    (given,) = await audits(console, "score_given")
    assert (given["actor"], given["object"], given["data"]["marks"]) == ("vera", "rec-1", [4, 1])
    assert len(await audits(console, "scores_read")) == 1
    async with console.deps.database.read() as connection:
        assert await audit_repository.first_broken_row(connection) is None


async def test_listening_of_another_person_or_to_another_recording_is_not_enough(console, form):
    object.__setattr__(console.deps, "operators_hear_own", True)
    assert (await console.ask("GET", MEDIA, user="ana")).status == 200
    await listen(console, MEDIA.replace(CALL, OTHER).replace("rec-1", "rec-2"))
    assert (await score(console, 409))["error_id"] == "listen_first"


async def test_a_no_that_is_fatal_makes_it_zero(console, form):
    await listen(console)
    assert (await score(console, marks=[{"value": 5}, {"value": 0}]))["percent"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"marks": [{"value": 5}]},
        {"marks": [{"value": 6}, {"value": 1}]},
        {"marks": [{"value": 5}, {"value": 2}]},
        {"form": 7},
    ],
)
async def test_values_that_do_not_fit_are_refused(console, form, changes):
    await listen(console)
    refused = await score(console, 422, **changes)
    assert refused["error_id"] == "invalid_field"
    assert await audits(console, "score_given") == []


async def test_the_same_key_scores_once_and_a_second_score_is_a_change(console, form):
    await listen(console)
    first = await score(console)
    assert await score(console) == first
    assert (await score(console, 409, key="score-key-2"))["error_id"] == "conflict"
    path = f"/api/v1/scores/{first['id']}"
    better = {"marks": [{"value": 5}, {"value": 1}], "comment": ""}
    assert (await console.json("PUT", path, user="vera", json=better))["percent"] == 100
    (row,) = await audits(console, "score_changed")
    assert (row["data"]["marks_before"], row["data"]["marks"]) == ([4, 1], [5, 1])
    async with console.deps.database.begin() as connection:
        await connection.execute(update(users).where(users.c.username == "boris").values(role="supervisor"))
    assert (await console.ask("PUT", path, user="boris", json=better)).status == 403, "only who gave it"


async def test_a_changed_form_is_a_new_version_and_old_scores_keep_theirs(console, form):
    await listen(console)
    made = await score(console)
    new = {"based_on": 1, "criteria": CRITERIA[:1]}
    path = f"{FORMS}/1/versions"
    assert (await console.json("POST", path, 201, user="vera", json=new, key="version-1"))["version"] == 2
    late = await console.json("POST", path, 409, user="vera", json=new, key="version-2")
    assert late["error_id"] == "conflict"
    (one,) = (await console.json("GET", SCORES, user="vera"))["items"]
    assert (one["version"], one["percent"], len(one["marks"])) == (1, made["percent"], 2)
    await console.json("PUT", f"/api/v1/scores/{made['id']}", user="vera", json={"marks": FULL["marks"]})
    assert (await score(console, 409, key="score-key-3"))["error_id"] == "conflict", "version 1 is not filled any more"
    (shown,) = (await console.json("GET", FORMS, user="vera"))["items"]
    assert (shown["version"], shown["criteria"]) == (2, CRITERIA[:1])
    assert [row["data"]["version"] for row in await audits(console, "score_form_changed")] == [2]


async def test_a_retired_form_scores_no_more(console, form):
    await listen(console)
    await console.json("PUT", f"{FORMS}/1/retired", user="vera")
    await console.json("PUT", f"{FORMS}/1/retired", user="vera")
    assert len(await audits(console, "score_form_retired")) == 1
    assert (await score(console, 422))["field"] == "form"
    assert (await console.json("GET", FORMS, user="vera"))["items"][0]["retired"] is True


@pytest.mark.parametrize(
    "criteria",
    [
        [],
        [CRITERIA[0] | {"top": 0}],
        [CRITERIA[0] | {"fatal": True}],
        [CRITERIA[1] | {"top": 3}],
        [CRITERIA[0] | {"weight": 0}],
        [CRITERIA[0] | {"name": " "}],
        [CRITERIA[0]] * 21,
    ],
)
async def test_a_form_that_cannot_be_counted_is_refused(console, criteria):
    body = {"name": "Razgovor", "criteria": criteria}
    assert (await console.ask("POST", FORMS, user="vera", json=body, key="form-key-1")).status == 422


@pytest.mark.parametrize("user", ["ana", "boris", "admin", "vodovod", "ekipa"])
async def test_only_supervisors_score(console, form, user):
    await listen(console)
    await score(console)
    for method, path, body in (
        ("GET", FORMS, None),
        ("POST", FORMS, {"name": "Moj", "criteria": CRITERIA}),
        ("POST", f"{FORMS}/1/versions", {"based_on": 1, "criteria": CRITERIA}),
        ("PUT", f"{FORMS}/1/retired", None),
        ("GET", SCORES, None),
        ("POST", SCORES, FULL),
        ("PUT", "/api/v1/scores/1", {"marks": FULL["marks"]}),
        ("GET", "/api/v1/scores/report", None),
        ("GET", "/console/scores", None),
    ):
        answer = await console.ask(method, path, user=user, json=body, key="no-key-12")
        assert answer.status == 403, (method, path)


async def test_a_supervisor_scores_only_what_may_be_heard(console, form):
    await listen(console)
    made = await score(console)
    await console.json("PUT", "/api/v1/users/vera/heard-queues", user="admin", json={"queues": ["heating"]})
    assert (await console.ask("GET", SCORES, user="vera")).status == 404
    assert (await console.ask("POST", SCORES, user="vera", json=FULL, key="score-key-9")).status == 404
    path = f"/api/v1/scores/{made['id']}"
    assert (await console.ask("PUT", path, user="vera", json={"marks": FULL["marks"]})).status == 404
    report = await console.json("GET", "/api/v1/scores/report", user="vera")
    assert [row["scored_calls"] for row in report["items"]] == [0, 0]


async def test_an_operator_sees_own_scores_only_and_answers_once(console, form):
    await listen(console)
    made = await score(console)
    (own,) = (await console.json("GET", "/api/v1/scores/mine", user="ana"))["items"]
    assert (own["percent"], own["marks"][0]["comment"], own["remark"]) == (made["percent"], "topao glas", "")
    assert (await console.json("GET", "/api/v1/scores/mine", user="boris"))["items"] == []
    assert (await console.ask("GET", "/api/v1/scores/mine", user="vera")).status == 403
    path = f"/api/v1/scores/{made['id']}/remark"
    body = {"text": "Linija je bila loša."}
    assert (await console.ask("POST", path, user="boris", json=body, key="remark-1")).status == 404
    assert (await console.ask("POST", path, user="vera", json=body, key="remark-1")).status == 403
    await console.json("POST", path, user="ana", json=body, key="remark-2")
    again = await console.json("POST", path, 409, user="ana", json={"text": "drugo"}, key="remark-3")
    assert again["error_id"] == "conflict"
    (seen,) = (await console.json("GET", SCORES, user="vera"))["items"]
    assert seen["remark"] == body["text"]
    assert [(row["actor"], row["object"]) for row in await audits(console, "scores_read")] == [
        ("ana", "ana"), ("boris", "boris"), ("vera", "rec-1"),
    ]  # fmt: skip
    assert [row["actor"] for row in await audits(console, "score_remarked")] == ["ana"]


async def test_a_score_belongs_to_who_sat_there_then(console, form):
    row = {"id": "s1", "username": "boris", "extension": "2001", "began_at": NOW - timedelta(hours=1)}
    async with console.deps.database.begin() as connection:
        await connection.execute(insert(operator_sessions).values(row | {"ended_at": NOW + timedelta(hours=1)}))
    await listen(console)
    await score(console)
    assert len((await console.json("GET", "/api/v1/scores/mine", user="boris"))["items"]) == 1
    assert (await console.json("GET", "/api/v1/scores/mine", user="ana"))["items"] == []


async def test_the_report_has_a_mean_for_who_was_scored_and_a_blank_for_who_was_not(console, form):
    await listen(console)
    await score(console, marks=[{"value": 0}, {"value": 1}])
    report = await console.json("GET", "/api/v1/scores/report", user="vera")
    assert report["items"] == [
        {"username": "ana", "scored_calls": 1, "mean_score": 0.25},
        {"username": "boris", "scored_calls": 0, "mean_score": None},
    ]
    assert set(report["definitions"]) == {"scored_calls", "mean_score"}
    answer = await console.ask("GET", "/api/v1/scores/report?format=csv", user="vera")
    assert answer.content_type == "text/csv"
    rows = list(csv.reader(io.StringIO(await answer.text())))
    assert rows[:3] == [["username", "scored_calls", "mean_score"], ["ana", "1", "0.25"], ["boris", "0", ""]]
    await console.sign_in("vera")
    page = await (await console.client.get("/console/scores")).text()
    table = page.split('id="table-scores"')[1]
    assert "25,0 %" in table
    assert "boris" in table
    assert "–" in table.split("boris")[1]
    empty = await console.json("GET", "/api/v1/scores/report?from=2026-01-01&until=2026-01-02", user="vera")
    assert empty["figures"][1]["value"] is None


async def test_what_was_written_goes_with_the_recording_and_the_number_stays(console, form):
    await listen(console)
    made = await score(console)
    await console.json("POST", "/api/v1/scores/1/remark", user="ana", json={"text": "Petrović"}, key="remark-1")
    later = NOW + timedelta(days=200)
    done = await purge(console.deps.database, console.deps.recordings_dir, {"call": 180}, later, actor="test")
    assert done.count == 2
    (own,) = (await console.json("GET", "/api/v1/scores/mine", user="ana"))["items"]
    assert (own["percent"], own["comment"], own["remark"]) == (made["percent"], "", "")
    assert [(mark["value"], mark["comment"]) for mark in own["marks"]] == [(4, ""), (1, "")]


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
async def test_hostile_text_comes_back_as_it_went_in_and_no_page_takes_it_for_markup(console, two, text):  # noqa: F811
    name = text[:60].strip().ljust(2, ".")
    body = {"name": name, "criteria": [CRITERIA[0] | {"name": name}]}
    await console.json("POST", FORMS, 201, user="vera", json=body, key="form-key-1")
    await listen(console)
    written = text[:1000].strip()
    await score(console, marks=[{"value": 3, "comment": written}], comment=written)
    await console.json("POST", "/api/v1/scores/1/remark", user="ana", json={"text": written}, key="remark-1")
    (one,) = (await console.json("GET", SCORES, user="vera"))["items"]
    assert (one["form_name"], one["comment"], one["marks"][0]["comment"], one["remark"]) == (name, *[written] * 3)
    for user, path in (
        ("vera", "/console/scores"),
        ("vera", "/console/recordings?recording=rec-1"),
        ("ana", "/console/scores/mine"),
    ):
        console.client.session.cookie_jar.clear()
        await console.sign_in(user)
        response = await console.client.get(path)
        markup = Markup(await response.text())
        assert response.status == 200
        assert markup.inline == [], path
        assert {"iframe", "object", "base"} & markup.seen == set(), path
        assert "hostile" not in " ".join(markup.ids), path


async def test_no_audit_no_scores(console, form, monkeypatch):
    await listen(console)
    await score(console)

    async def disk_full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr("agent_console.scores.service.audit_repository.append", disk_full)
    answer = await console.ask("GET", SCORES, user="vera")
    assert answer.status >= 500
    assert "topao" not in await answer.text()
