"""Every address of the console, from its own route table, with something stored behind each: for tests that walk them.

A new page or API route is covered by these tests without being named in them. An address parameter of a new name gets
a value in `IDS`; a page that answers 404 fails the walk, so it cannot be forgotten.
"""

import re

from sqlalchemy import insert

from agent_console.access import Permission, may
from agent_console.routing import ROUTES
from storage import score_form_repository, score_repository
from storage.tables import missed_calls
from tests.agent_console.conftest import NOW, PEOPLE
from tests.agent_console.test_calls_api import CALL, store_call, store_recording
from tests.agent_console.test_cases_api import make

IDS = {
    "linkedid": CALL,
    "number": "26000017",
    "id": "1",
    "name": "calls",
    "code": "pothole",
    "photo": "x.jpg",
    "path": "console.css",
    "extension": "2002",
    "key": "mine",
    "mark": "1",
    "form": "1",
    "score": "1",
    "hold": "1",
    "username": "ana",
}
QUERIES = {"/console/desk/near": "?latitude=43.58&longitude=21.33"}
"""What a page cannot do without."""
ON_THE_BOARD = {"/console/pop/{linkedid}"}
"""Pages about a call that goes on: `ring` first."""


def routes(console):
    return list(console.app[ROUTES].items())


def fill(path, ids=IDS):
    return re.sub(r"{(\w+)}", lambda found: ids.get(found[1], "1"), path) + QUERIES.get(path, "")


def pages(console, *, fragments=True):
    """Return (path, route) of everything a person looks at; `fragments`: parts of pages too."""
    shown = [
        (path, route)
        for (method, path), route in routes(console)
        if method == "GET" and not route.is_api and not path.startswith("/static/") and path != "/"
    ]
    return shown if fragments else [one for one in shown if is_whole(one[0])]


def is_whole(path):
    """Say whether it is a page with a head of its own, not a part that another page fetches."""
    parts = ("/console/desk/", "/console/pop/", "/console/go", "/console/strip")
    return not path.startswith(parts) and not path.endswith(("/live", "/rows"))


def someone_who_may(permission):
    """Return a user name whose role has the permission: the least powerful first."""
    order = ("ana", "vera", "admin")
    roles = {name: role for name, role, _ in PEOPLE}
    return next(name for name in order if may(roles[name], permission) or permission is Permission.HALF_SIGNED_IN)


async def store_something(console):
    """Store a case, a call, a recording with a score, and a missed call; return the ids for `fill`."""
    case = await make(console, key="every-route-1", street="Vidovdanska", house_number="12", description="rupa")
    await store_call(console, case_number=case["number"])
    await store_recording(console)
    async with console.deps.database.begin() as connection:
        row = {"linkedid": CALL, "reason": "abandoned_queue", "last_step": "queue", "at": NOW}
        missed = (await connection.execute(insert(missed_calls).values(row))).inserted_primary_key[0]
        criteria = [
            {"name": "Ljubaznost", "kind": "scale", "top": 5, "weight": 3, "fatal": False},
            {"name": "Proverio adresu", "kind": "yes_no", "top": 1, "weight": 1, "fatal": True},
        ]
        form = await score_form_repository.add(connection, "Razgovor", criteria, by="vera", now=NOW)
        version = (await score_form_repository.current(connection, form)).version_id
        given = score_repository.Given([4, 1], 85.0, ["topao glas", ""], "dobro")
        who = {"form_id": form, "version_id": version, "operator": "ana", "by": "vera", "now": NOW}
        await score_repository.add(connection, "rec-1", given=given, **who)
    return IDS | {"number": case["number"], "id": str(missed)}
