"""Hostile text in every field that people fill: it comes back as it went in, and no page takes it for markup."""

import pytest
from sqlalchemy import update

from storage.tables import users
from tests.agent_console.hostile_text import CORPUS
from tests.agent_console.test_cases_api import make
from tests.agent_console.test_every_route import Markup

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
async def test_what_is_written_is_read_back(console, text):
    case = await make(console, description=text, street=text[:200], house_number=text[:20])
    number = case["number"]
    assert (case["description"], case["street"], case["house_number"]) == (text, text[:200].strip(), text[:20].strip())
    await console.json("POST", f"/api/v1/cases/{number}/notes", 201, json={"text": text}, key="hostile-note-1")
    body = {"status": "assigned", "version": 1, "note": text[:2000]}
    await console.json("POST", f"/api/v1/cases/{number}/transitions", json=body, key="hostile-change-1")
    found = await console.json("GET", f"/api/v1/cases/{number}")
    assert found["description"] == text
    notes = [line["data"].get("text") or line["data"].get("note") for line in found["timeline"]]
    assert text in notes
    assert text[:2000] in notes
    listed = await console.json("GET", "/api/v1/cases", params={"search": text[:100]})
    assert {"items", "total"} == set(listed)


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
async def test_no_page_takes_it_for_markup(console, text):
    case = await make(console, description=text, street=text[:200])
    async with console.deps.database.begin() as connection:
        await connection.execute(update(users).where(users.c.username == "ana").values(display_name=text[:120]))
    await console.sign_in("ana")
    shown = 0
    for path in (
        "/console/cases",
        f"/console/cases/{case['number']}",
        "/console/board",
        "/console",
        "/console/account",
    ):
        response = await console.client.get(path, headers=HTML)
        page = await response.text()
        assert response.status == 200, (path, page[:300])
        markup = Markup(page)
        assert markup.inline == [], path
        assert {"script", "iframe", "object", "base"} & markup.seen <= {"script"}, path
        assert "hostile" not in " ".join(markup.ids), path
        shown += 1
    assert shown == 5
