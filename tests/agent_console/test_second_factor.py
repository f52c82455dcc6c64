"""The second factor: asked for by policy, enrolled at the first sign-in, each code once, recovery, nothing in clear."""

from dataclasses import replace

import pyotp
import pytest

from agent_console.dependencies import DEPENDENCIES
from agent_console.door_policy import DoorPolicy
from storage import audit_repository
from storage.door_tables import recovery_codes, second_factors
from tests.agent_console.conftest import PASSWORD

HTML = {"Accept": "text/html"}


@pytest.fixture
def required(console, monkeypatch):
    """Ask supervisors and administrators for a second factor."""
    policy = DoorPolicy(second_factor_required=True)
    changed = replace(console.deps, doors=policy)
    object.__setattr__(console.deps, "doors", policy)
    assert console.app[DEPENDENCIES].doors == changed.doors


def field(text, name):
    return text.split(f'name="{name}" value="')[1].split('"')[0]


async def give_password(console, username):
    response = await console.client.post(
        "/login", data={"username": username, "password": PASSWORD}, allow_redirects=False
    )
    assert response.status == 303
    return response.headers["Location"]


async def enrol(console, username="vera"):
    """Sign in for the first time; return (authenticator, recovery codes)."""
    assert await give_password(console, username) == "/login/second-factor"
    page = await (await console.client.get("/login/second-factor")).text()
    secret = page.split('class="num secret"')[1].split(">")[1].split("<")[0].replace(" ", "")
    phone = pyotp.TOTP(secret)
    data = {"csrf": field(page, "csrf"), "sealed": field(page, "sealed"), "code": phone.at(console.clock.now)}
    answer = await console.client.post("/login/second-factor", data=data, headers=HTML)
    text = await answer.text()
    assert answer.status == 200, text
    codes = [line.split("<")[0] for line in text.split("<li>")[1:]]
    assert len(codes) == 10
    return phone, codes


async def give_code(console, code):
    page = await (await console.client.get("/login/code")).text()
    return await console.client.post(
        "/login/code", data={"csrf": field(page, "csrf"), "code": code}, allow_redirects=False
    )


async def actions(console, username):
    async with console.deps.database.read() as connection:
        return [row.action for row in await audit_repository.latest(connection) if row.actor == username]


async def test_without_the_policy_nobody_is_asked(console):
    assert await give_password(console, "vera") == "/"


async def test_an_operator_needs_none(console, required):
    assert await give_password(console, "ana") == "/"


async def test_the_password_alone_opens_nothing(console, required):
    await give_password(console, "vera")
    assert (await console.client.get("/api/v1/cases")).status == 401
    page = await console.client.get("/console/board", headers=HTML, allow_redirects=False)
    assert (page.status, page.headers["Location"]) == (303, "/login/code")
    socket = await console.client.get("/api/v1/live", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    assert socket.status == 401


async def test_enrolment_opens_the_console_and_the_next_sign_in_asks_for_a_code(console, required):
    phone, _ = await enrol(console)
    assert (await console.client.get("/console/board")).status == 200
    console.client.session.cookie_jar.clear()
    assert await give_password(console, "vera") == "/login/code"
    assert (await give_code(console, "000000")).status == 401
    console.clock.forward(seconds=60)
    assert (await give_code(console, phone.at(console.clock.now))).status == 303
    assert (await console.client.get("/console/board")).status == 200
    assert {"second_factor_enrolled", "second_factor_refused", "sign_in"} <= set(await actions(console, "vera"))


async def test_the_half_session_s_cookie_is_worth_nothing_afterwards(console, required):
    phone, _ = await enrol(console)
    console.client.session.cookie_jar.clear()
    await give_password(console, "vera")
    half = {cookie.key: cookie.value for cookie in console.client.session.cookie_jar}["centrala_session"]
    console.clock.forward(seconds=60)
    await give_code(console, phone.at(console.clock.now))
    console.client.session.cookie_jar.clear()
    console.client.session.cookie_jar.update_cookies({"centrala_session": half}, console.client.make_url("/"))
    assert (await console.client.get("/console/board", headers=HTML, allow_redirects=False)).status == 303
    assert (await console.client.get("/api/v1/queues")).status == 401


async def test_a_code_is_taken_once(console, required):
    phone, _ = await enrol(console)
    used = phone.at(console.clock.now)
    console.client.session.cookie_jar.clear()
    await give_password(console, "vera")
    refused = await give_code(console, used)
    assert refused.status == 401
    assert "iskorišćen" in await refused.text()


async def test_a_recovery_code_works_once(console, required):
    _, codes = await enrol(console)
    for expected in (303, 401):
        console.client.session.cookie_jar.clear()
        await give_password(console, "vera")
        assert (await give_code(console, codes[0].upper())).status == expected
    assert "recovery_code_used" in await actions(console, "vera")


async def test_guessing_codes_is_slowed_down(console, required):
    await enrol(console)
    console.client.session.cookie_jar.clear()
    await give_password(console, "vera")
    answers = [(await give_code(console, f"{number:06d}")) for number in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_the_database_alone_gives_no_factor(console, required):
    phone, codes = await enrol(console)
    async with console.deps.database.read() as connection:
        stored = repr((await connection.execute(second_factors.select())).all())
        stored += repr((await connection.execute(recovery_codes.select())).all())
    assert phone.secret not in stored
    assert all(code not in stored and code.replace("-", "") not in stored for code in codes)


async def test_the_secret_of_another_s_enrolment_is_refused(console, required):
    await give_password(console, "vera")
    hers = field(await (await console.client.get("/login/second-factor")).text(), "sealed")
    console.client.session.cookie_jar.clear()
    await give_password(console, "admin")
    page = await (await console.client.get("/login/second-factor")).text()
    data = {"csrf": field(page, "csrf"), "sealed": hers, "code": "123456"}
    assert (await console.client.post("/login/second-factor", data=data)).status == 401


async def test_a_half_session_ends_after_ten_minutes(console, required):
    await enrol(console)
    console.client.session.cookie_jar.clear()
    await give_password(console, "vera")
    console.clock.forward(minutes=11)
    page = await console.client.get("/login/code", headers=HTML, allow_redirects=False)
    assert (page.status, page.headers["Location"]) == (303, "/login")


async def test_who_must_have_one_cannot_turn_it_off(console, required):
    await enrol(console)
    page = await (await console.client.get("/console/account")).text()
    data = {"csrf": field(page, "csrf"), "password": PASSWORD, "how": "remove"}
    assert (await console.client.post("/console/account/second-factor/change", data=data)).status == 403


async def test_new_recovery_codes_end_the_old_ones(console, required):
    _, codes = await enrol(console)
    page = await (await console.client.get("/console/account")).text()
    data = {"csrf": field(page, "csrf"), "password": PASSWORD, "how": "codes"}
    assert (await console.client.post("/console/account/second-factor/change", data=data)).status == 200
    console.client.session.cookie_jar.clear()
    await give_password(console, "vera")
    assert (await give_code(console, codes[1])).status == 401
