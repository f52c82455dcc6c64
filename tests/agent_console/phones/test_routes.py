import asyncio
from dataclasses import replace
from datetime import timedelta

from agent_console.app import build_app
from agent_console.dependencies import DEPENDENCIES
from agent_console.phones.routes import PHONES
from calls.phones import PhoneKind
from cases.town import CitizenCalls
from tests.agent_console.test_missed_api import put

ADDRESS = "/api/v1/operators/me/phone"


async def choose(desk, status=200, **wanted):
    response = await desk.client.put(ADDRESS, json=wanted, headers={"X-CSRF-Token": desk.csrf})
    text = await response.text()
    assert response.status == status, text
    return await response.json(content_type=None)


async def test_the_browser_gets_a_login_of_its_own_and_the_queue_follows(desk):
    await desk.sign_in("ana")
    answer = await choose(desk, kind="browser")
    login = answer["login"]
    assert desk.phones.logins == {"2001": login["password"]}
    assert login["username"] == "w2001"
    assert login["websocket"].endswith(":8088/ws")
    assert desk.phones.moved == [("2001", PhoneKind.BROWSER)]
    again = await choose(desk, kind="browser", lease=login["lease"])
    assert again["login"]["password"] != login["password"], "each answer has a new one, the former is void"
    assert again["login"]["lease"] == login["lease"]
    assert len(desk.phones.moved) == 1
    read = await desk.client.get(ADDRESS)
    assert await read.json() == {"kind": "browser", "login": None}, "a login is never told twice"


async def test_a_call_back_rings_the_phone_that_the_operator_chose(desk):
    town = replace(desk.deps.town, citizen_calls=CitizenCalls(trunk="line", allow=("+38164XXXXXXX",)))
    object.__setattr__(desk.app[DEPENDENCIES], "town", town)
    for number in (1, 2, 3):
        await put(desk, number, caller=f"+38164123456{number}")
    await desk.sign_in("ana")

    async def rung(missed):
        await desk.json("POST", f"/api/v1/missed/{missed}/callback", 201, user="ana", json={}, key=f"back-key-{missed}")
        return [given["endpoint"] for what, given in desk.deps.call_control.done if what == "originate"][-1]

    assert await rung(1) == "PJSIP/2001"
    await choose(desk, kind="browser")
    assert await rung(2) == "PJSIP/w2001"
    await choose(desk, kind="sip")
    assert await rung(3) == "PJSIP/2001"


async def test_only_the_operators_own_page_gets_a_login(desk):
    refused = await desk.json("PUT", ADDRESS, 403, user="ana", json={"kind": "browser"})
    assert refused["error_id"] == "forbidden"
    assert (await desk.json("PUT", ADDRESS, 409, user="vera", json={"kind": "browser"}))["error_id"] == "conflict"
    assert (await desk.json("PUT", ADDRESS, 403, user="vodovod", json={"kind": "browser"}))["error_id"] == "forbidden"
    assert desk.phones.logins == {}


async def test_the_login_stands_in_no_page_and_no_log(desk, caplog):
    await desk.sign_in("ana")
    password = (await choose(desk, kind="browser"))["login"]["password"]
    page = await desk.client.get("/console")
    assert password not in await page.text()
    assert password not in caplog.text
    policy = page.headers["Content-Security-Policy"]
    host = str(desk.client.host)
    assert f"connect-src 'self' ws://{host}:8088/ws;" in policy


async def test_a_second_window_takes_the_phone_over_and_the_first_is_told(desk):
    await desk.sign_in("ana")
    first = (await choose(desk, kind="browser"))["login"]["lease"]
    second = (await choose(desk, kind="browser"))["login"]
    refused = await choose(desk, 409, kind="browser", lease=first)
    assert refused["error_id"] == "phone_elsewhere"
    assert desk.phones.logins["2001"] == second["password"], "the refused window changed nothing"


async def test_a_login_ends_by_itself(desk):
    await desk.sign_in("ana")
    login = (await choose(desk, kind="browser"))["login"]
    logins = desk.client.app[PHONES].logins
    desk.clock.forward(minutes=9)
    await logins.end_those_over()
    assert desk.phones.logins["2001"] == login["password"]
    desk.clock.forward(minutes=2)
    desk.phones.refuse = "no connection to the PBX"
    await logins.end_those_over()
    desk.phones.refuse = ""
    await logins.end_those_over()
    assert desk.phones.logins["2001"] != login["password"], "tried again when the PBX was back"


async def test_a_login_that_is_renewed_while_the_old_one_ends_stays_good(desk, monkeypatch):
    logins, at_the_pbx, go_on = desk.client.app[PHONES].logins, asyncio.Event(), asyncio.Event()
    await logins.give("2001", None)
    desk.clock.forward(minutes=11)
    set_login = desk.phones.set_login

    async def slow(extension, password):
        at_the_pbx.set()
        await go_on.wait()
        await set_login(extension, password)

    monkeypatch.setattr(desk.phones, "set_login", slow)
    renewing = asyncio.create_task(logins.give("2001", None))
    await at_the_pbx.wait()
    ending = asyncio.create_task(logins.end_those_over())
    await asyncio.sleep(0)
    go_on.set()
    login, _ = await asyncio.gather(renewing, ending)
    assert desk.phones.logins["2001"] == login.password


async def test_a_refusal_of_the_exchange_is_told_and_gives_nothing(desk):
    await desk.sign_in("ana")
    desk.phones.refuse = "no connection to the PBX"
    assert (await choose(desk, 502, kind="browser"))["error_id"] == "pbx_refused"


async def test_the_choice_is_there_after_a_restart(desk):
    await desk.sign_in("ana")
    await choose(desk, kind="browser")
    restarted = build_app(desk.deps)
    assert await restarted[PHONES].choice.load() == ("2001",)
    assert restarted[PHONES].choice.of("2001") is PhoneKind.BROWSER
    await choose(desk, kind="sip")
    assert desk.phones.moved[-1] == ("2001", PhoneKind.SIP)


async def test_without_a_database_the_phone_can_still_be_chosen(desk, database_down):
    await desk.sign_in("ana")
    database_down()
    assert (await choose(desk, kind="browser"))["kind"] == "browser"


def test_a_login_is_short(desk):
    from agent_console.phones.logins import LIFETIME

    assert timedelta(minutes=1) < LIFETIME <= timedelta(minutes=15)
