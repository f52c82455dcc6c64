"""Scores of calls as rows. Owns `call_scores`; how a percentage comes about and who may see it is not known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.hearing_scope import HearingScope
from storage.score_form_repository import Criteria
from storage.score_tables import call_scores, score_form_versions, score_forms
from storage.tables import recordings, users
from storage.upsert import insert_or_ignore
from storage.work_tables import operator_sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score beside what it was given by. `operator`: user name. `marks` and `comments` follow `criteria`.

    `comments` is empty once the recording is gone.
    """

    id: int
    recording_id: str
    linkedid: str
    call_at: datetime
    form_id: int
    form: str
    version: int
    criteria: Criteria
    operator: str
    scored_by: str
    scored_at: datetime
    changed_at: datetime | None
    marks: Sequence[int]
    percent: float
    comments: Sequence[str]
    comment: str
    remark: str
    remarked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """What a scorer gives: a value and a text for each criterion, a text for the whole, and what follows from it."""

    marks: Sequence[int]
    percent: float
    comments: Sequence[str]
    comment: str

    def values(self) -> dict[str, Any]:
        """Return the columns."""
        texts = {"comments": list(self.comments), "comment": self.comment}
        return {"marks": list(self.marks), "percent": self.percent} | texts


def _scores() -> Select[Any]:
    own = [call_scores.c[name] for name in Score.__slots__ if name in call_scores.c]
    return (
        select(
            *own,
            recordings.c.linkedid,
            recordings.c.started_at.label("call_at"),
            score_forms.c.name.label("form"),
            score_form_versions.c.version,
            score_form_versions.c.criteria,
        )
        .join(recordings, recordings.c.id == call_scores.c.recording_id)
        .join(score_forms, score_forms.c.id == call_scores.c.form_id)
        .join(score_form_versions, score_form_versions.c.id == call_scores.c.version_id)
    )


async def _found(connection: AsyncConnection, wanted: Select[Any]) -> list[Score]:
    return [Score(**row) for row in (await connection.execute(wanted)).mappings()]


async def add(
    connection: AsyncConnection,
    recording_id: str,
    *,
    form_id: int,
    version_id: int,
    operator: str,
    given: Given,
    by: str,
    now: datetime,
) -> int | None:
    """Store a score and return its id; None when this person has scored the recording by this form already."""
    key = {"recording_id": recording_id, "form_id": form_id, "scored_by": by}
    row = key | {"version_id": version_id, "operator": operator, "scored_at": now, "remark": ""} | given.values()
    if not await insert_or_ignore(connection, call_scores, row):
        return None
    same = [call_scores.c[name] == value for name, value in key.items()]
    return int((await connection.execute(select(call_scores.c.id).where(*same))).scalar_one())


async def change(connection: AsyncConnection, score_id: int, given: Given, *, now: datetime) -> None:
    """Store other values of a score."""
    wanted = update(call_scores).where(call_scores.c.id == score_id)
    await connection.execute(wanted.values(given.values() | {"changed_at": now}))


async def add_remark(connection: AsyncConnection, score_id: int, text: str, *, operator: str, now: datetime) -> bool:
    """Store the operator's one answer; False when it is another's score, or answered."""
    wanted = update(call_scores).where(
        call_scores.c.id == score_id, call_scores.c.operator == operator, call_scores.c.remarked_at.is_(None)
    )
    return (await connection.execute(wanted.values(remark=text, remarked_at=now))).rowcount == 1


async def get_within(connection: AsyncConnection, score_id: int, scope: HearingScope) -> Score | None:
    """Return a score; None when there is none, or its recording lies outside the scope."""
    found = await _found(connection, _scores().where(call_scores.c.id == score_id, *scope.conditions()))
    return found[0] if found else None


async def get_own(connection: AsyncConnection, score_id: int, operator: str) -> Score | None:
    """Return an operator's own score; None when there is none, or it is another's."""
    wanted = _scores().where(call_scores.c.id == score_id, call_scores.c.operator == operator)
    found = await _found(connection, wanted)
    return found[0] if found else None


async def of_recording(connection: AsyncConnection, recording_id: str) -> list[Score]:
    """Return the scores of a recording, first one first."""
    wanted = _scores().where(call_scores.c.recording_id == recording_id).order_by(call_scores.c.id)
    return await _found(connection, wanted)


async def of_operator(connection: AsyncConnection, operator: str, *, limit: int = 200) -> list[Score]:
    """Return an operator's scores, newest first."""
    wanted = _scores().where(call_scores.c.operator == operator).order_by(call_scores.c.id.desc()).limit(limit)
    return await _found(connection, wanted)


async def forget_words(connection: AsyncConnection, recording_ids: Sequence[str]) -> None:
    """Delete what people wrote about recordings that are gone; values and percentages stay."""
    wanted = update(call_scores).where(call_scores.c.recording_id.in_(recording_ids))
    await connection.execute(wanted.values(comments=[], comment="", remark=""))


async def percents(
    connection: AsyncConnection, since: datetime, until: datetime, scope: HearingScope
) -> list[tuple[str, str, float]]:
    """Return (operator, recording, percent) of every score of a call that began in the time and lies in the scope."""
    wanted = (
        select(call_scores.c.operator, call_scores.c.recording_id, call_scores.c.percent)
        .join(recordings, recordings.c.id == call_scores.c.recording_id)
        .where(recordings.c.started_at >= since, recordings.c.started_at < until, *scope.conditions())
    )
    return [(row.operator, row.recording_id, row.percent) for row in await connection.execute(wanted)]


async def operators(connection: AsyncConnection) -> list[str]:
    """Return the user names of those who can be scored."""
    wanted = select(users.c.username).where(users.c.role == "operator", users.c.active.is_(True))
    return list((await connection.execute(wanted.order_by(users.c.username))).scalars())


async def operator_at(connection: AsyncConnection, extension: str, at: datetime) -> str | None:
    """Return who sat at a telephone then: whose session it was, else whose telephone it is; None: nobody is known."""
    session = select(operator_sessions.c.username).where(
        operator_sessions.c.extension == extension,
        operator_sessions.c.began_at <= at,
        or_(operator_sessions.c.ended_at.is_(None), operator_sessions.c.ended_at >= at),
    )
    found = await connection.scalar(session.order_by(operator_sessions.c.began_at.desc()).limit(1))
    return found or await connection.scalar(select(users.c.username).where(users.c.extension == extension).limit(1))
