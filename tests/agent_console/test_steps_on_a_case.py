"""Where a call went from person to person stands on its case: who, to whom, when, and not who called."""

from calls.events import EventType
from storage.steps_on_cases import note_phone_transfer
from tests.agent_console.conftest import NOW
from tests.agent_console.test_calls_api import CALL, ring
from tests.agent_console.test_cases_api import make
from tests.agent_console.test_steering import BASE, tell


async def steps(console, case):
    found = await console.json("GET", f"/api/v1/cases/{case['number']}")
    return [
        (line["actor"], line["data"]["what"], line["data"]["by"], line["data"]["target"])
        for line in found["timeline"]
        if "by" in line["data"]
    ]


ASKED = ("ana", "consult", "2001", "operator-2002")
THREE = ("ana", "conference", "2001", "operator-2002")
THROUGH = ("ana", "complete", "2001", "operator-2002")
SENT = ("ana", "transfer", "2001", "queue-operators")


async def ask(console):
    await console.json("POST", f"{BASE}/transfer/consult", key="key-12345", json={"target": "operator-2002"})
    tell(console, EventType.CALL_CONSULTED, operator="2001", target="operator-2002", state="talking")


async def test_each_step_is_on_the_calls_case_once_and_without_the_citizen(console):
    await ring(console, answer=True)
    case = await make(console, linkedid=CALL)
    await ask(console)
    await console.json("POST", f"{BASE}/transfer/conference")
    await console.json("POST", f"{BASE}/hold")
    await console.json("POST", f"{BASE}/transfer/complete")
    assert await steps(console, case) == [ASKED, THREE, THROUGH]
    page = await (await console.ask("GET", f"/console/cases/{case['number']}")).text()
    assert "poziv prebačen" in page
    found = await console.json("GET", f"/api/v1/cases/{case['number']}")
    assert "64123" not in str(found["timeline"]).replace(" ", "")


async def test_a_case_that_is_made_later_begins_with_what_was_before(console):
    await ring(console, answer=True)
    await console.json("POST", f"{BASE}/transfer", key="key-12345", json={"target": "queue-operators"})
    console.clock.forward(minutes=1)
    case = await make(console, linkedid=CALL)
    assert await steps(console, case) == [SENT]
    found = await console.json("GET", f"/api/v1/cases/{case['number']}")
    assert [line["kind"] for line in found["timeline"]] == ["call", "created"]


async def test_a_case_that_the_call_is_about_has_them_too(console):
    await ring(console, answer=True)
    case, other = await make(console), await make(console, key="case-key-2")
    await console.json("POST", f"{BASE}/transfer", key="key-12345", json={"target": "queue-operators"})
    about = {"linkedid": CALL}
    await console.json("POST", f"/api/v1/cases/{case['number']}/calls", 201, json=about, key="about-123")
    assert await steps(console, case) == [SENT]
    assert await steps(console, other) == []


async def test_a_telephones_own_keys_count_as_well(console):
    await ring(console, answer=True)
    case = await make(console, linkedid=CALL)
    async with console.deps.database.begin() as connection:
        await note_phone_transfer(connection, CALL, "2001", "2002", NOW)
        await note_phone_transfer(connection, CALL, "2001", "", NOW)
    assert await steps(console, case) == [
        ("2001", "transfer", "2001", "operator-2002"),
        ("2001", "transfer", "2001", ""),
    ]
