"""How sessions and tokens end, and that what they held open ends with them."""

import asyncio

import pytest
from aiohttp import WSMsgType

from agent_console.account_watch import WATCH
from agent_console.authentication import AUTHENTICATION
from calls.events import Event, EventType
from storage import audit_repository, session_repository, token_repository, user_repository
from tests.agent_console.conftest import PASSWORD
from tests.agent_console.test_second_factor import field

HTML = {"Accept": "text/html"}


async def csrf_of(console):
    return field(await (await console.client.get("/console/account")).text(), "csrf")


async def closed_with(socket):
    while (message := await socket.receive(timeout=30)).type is WSMsgType.TEXT:
        pass
    assert message.type is WSMsgType.CLOSE
    return message.data


async def test_nobody_there_for_half_an_hour_ends_a_session(console):
    await console.sign_in()
    for _ in range(3):
        console.clock.forward(minutes=25)
        assert (await console.client.get("/api/v1/queues")).status == 200
    console.clock.forward(minutes=31)
    assert (await console.client.get("/api/v1/queues")).status == 401


async def test_a_quiet_line_signs_nobody_out(console):
    await console.sign_in()
    async with console.client.ws_connect("/api/v1/live"):
        for _ in range(6):
            console.clock.forward(minutes=20)
            await console.app[WATCH].step()
        assert (await console.client.get("/api/v1/queues")).status == 200
        async with console.deps.database.read() as connection:
            before = console.clock.now - console.deps.doors.idle_length
            (session,) = await session_repository.sessions_of(connection, console.clock.now, before)
        assert session.seen_at == console.clock.now, "a restart of the console must not sign anybody out either"


async def test_a_step_returns_when_what_another_one_took_is_stored(console, monkeypatch):
    """The application's own step may be at it when somebody asks for one."""
    await console.sign_in()
    watch, touch, storing, go_on = console.app[WATCH], session_repository.touch, asyncio.Event(), asyncio.Event()

    async def held(*given):
        storing.set()
        await go_on.wait()
        await touch(*given)

    monkeypatch.setattr(session_repository, "touch", held)
    async with console.client.ws_connect("/api/v1/live"):
        console.clock.forward(minutes=20)
        first = asyncio.create_task(watch.step())
        await storing.wait()
        second = asyncio.create_task(watch.step())
        for _ in range(10):  # it asks the database once, so by then it would have ended
            assert await console.deps.database.is_up(timeout=30)
        assert not second.done()
        go_on.set()
        await asyncio.gather(first, second)


async def test_a_session_ends_after_a_shift_although_somebody_is_there(console):
    await console.sign_in()
    async with console.client.ws_connect("/api/v1/live") as socket:
        for _ in range(26):
            console.clock.forward(minutes=28)
            await console.app[WATCH].step()
        assert await closed_with(socket) == 4401
        assert (await console.client.get("/api/v1/queues")).status == 401


@pytest.mark.parametrize("how", ["closed", "role", "extension"])
async def test_a_changed_account_loses_its_live_connection(console, how):
    await console.sign_in()
    async with console.client.ws_connect("/api/v1/live") as socket:
        async with console.deps.database.begin() as connection:
            if how == "closed":
                await user_repository.set_active(connection, "ana", active=False)
            elif how == "role":
                await user_repository.set_role(connection, "ana", "utility")
            else:
                await connection.exec_driver_sql("UPDATE users SET extension='2009' WHERE username='ana'")
        await console.app[WATCH].step()
        assert await closed_with(socket) == (4401 if how == "closed" else 4403)
        again = await console.client.get("/api/v1/queues")
        assert again.status == {"closed": 401, "role": 403, "extension": 200}[how]


async def test_a_revoked_token_loses_its_live_connection(console):
    headers = {"Authorization": "Bearer token-of-ana"}
    async with console.client.ws_connect("/api/v1/live", headers=headers) as socket:
        async with console.deps.database.begin() as connection:
            assert await token_repository.revoke(connection, "ana", console.clock.now) == 1
        await console.app[WATCH].step()
        assert await closed_with(socket) == 4401
    assert (await console.ask("GET", "/api/v1/queues")).status == 401


async def test_a_cut_connection_sends_nothing_more(console):
    await console.sign_in()
    async with console.client.ws_connect("/api/v1/live") as socket:
        async with console.deps.database.begin() as connection:
            await user_repository.set_active(connection, "ana", active=False)
        await console.app[WATCH].step()
        await console.bus.publish(Event(EventType.CALL_QUEUED, console.clock.now, {"linkedid": "c-1.1"}))
        seen = []
        while (message := await socket.receive(timeout=30)).type is WSMsgType.TEXT:
            seen.append(message.json()["type"])
        assert seen in ([], ["hello"])


async def test_a_new_password_signs_out_everywhere_else(console):
    await console.sign_in()
    elsewhere = {cookie.key: cookie.value for cookie in console.client.session.cookie_jar}
    console.client.session.cookie_jar.clear()
    await console.sign_in()
    data = {"csrf": await csrf_of(console), "password": PASSWORD, "new_password": "nova-duga-lozinka"}
    answer = await console.client.post("/console/account/password", data=data, allow_redirects=False)
    assert answer.status == 303
    assert (await console.client.get("/api/v1/queues")).status == 200
    console.client.session.cookie_jar.clear()
    console.client.session.cookie_jar.update_cookies(elsewhere, console.client.make_url("/"))
    assert (await console.client.get("/api/v1/queues")).status == 401


async def test_a_lock_is_changed_only_with_the_password(console):
    await console.sign_in()
    csrf = await csrf_of(console)
    for path, more in (
        ("password", {"new_password": "nova-duga-lozinka"}),
        ("tokens", {"label": "x"}),
        ("second-factor", {"code": "123456", "sealed": "x"}),
        ("second-factor/change", {"how": "codes"}),
    ):
        data = {"csrf": csrf, "password": "pogrešna"} | more
        answer = await console.client.post(f"/console/account/{path}", data=data, allow_redirects=False)
        assert answer.status == 422, path
        assert "Sadašnja lozinka nije tačna" in await answer.text()


async def test_a_token_cannot_change_the_account(console):
    for path in ("/console/account", "/console/account/second-factor"):
        assert (await console.ask("GET", path)).status == 403
    answer = await console.ask("POST", "/console/account/tokens", data={"password": PASSWORD, "label": "x"})
    assert answer.status == 403


async def test_a_token_is_shown_once_narrowed_listed_and_revoked(console):
    await console.sign_in()
    csrf = await csrf_of(console)
    data = {"csrf": csrf, "password": PASSWORD, "label": "tabla", "read_only": "on"}
    page = await (await console.client.post("/console/account/tokens", data=data)).text()
    clear = page.split('class="num secret" translate="no">')[1].split("<")[0]
    headers = {"Authorization": f"Bearer {clear}"}
    assert (await console.client.get("/api/v1/cases", headers=headers)).status == 200
    refused = await console.client.put("/api/v1/operators/me/state", json={"state": "ready"}, headers=headers)
    assert refused.status == 403
    listed = await (await console.client.get("/console/account")).text()
    assert "tabla" in listed
    assert clear not in listed
    stored = next(one for one in await tokens(console) if one.label == "tabla")
    assert stored.last_used_at == console.clock.now
    await console.client.post("/console/account/tokens/revoke", data={"csrf": csrf, "token": stored.token_hash})
    assert (await console.client.get("/api/v1/cases", headers=headers)).status == 401


async def tokens(console):
    async with console.deps.database.read() as connection:
        return await token_repository.tokens_of(connection)


async def test_nobody_revokes_another_s_token_or_session(console):
    await console.sign_in("boris")
    theirs = {cookie.key: cookie.value for cookie in console.client.session.cookie_jar}
    console.client.session.cookie_jar.clear()
    await console.sign_in()
    csrf = await csrf_of(console)
    hers = next(one for one in await tokens(console) if one.username == "boris").token_hash
    await console.client.post("/console/account/tokens/revoke", data={"csrf": csrf, "token": hers})
    async with console.deps.database.read() as connection:
        (session,) = await session_repository.sessions_of(
            connection, console.clock.now, console.clock.now - console.deps.doors.idle_length, "boris"
        )
    await console.client.post("/console/account/sessions", data={"csrf": csrf, "session": session.id_hash})
    assert (await console.ask("GET", "/api/v1/queues", user="boris")).status == 200
    console.client.session.cookie_jar.clear()
    console.client.session.cookie_jar.update_cookies(theirs, console.client.make_url("/"))
    assert (await console.client.get("/api/v1/queues")).status == 200


async def test_a_token_runs_out(console):
    async with console.deps.database.begin() as connection:
        await connection.exec_driver_sql("UPDATE api_tokens SET expires_at='2026-11-22 10:00:00' WHERE username='ana'")
    assert (await console.ask("GET", "/api/v1/queues")).status == 200
    console.clock.forward(hours=2)
    assert (await console.ask("GET", "/api/v1/queues")).status == 401


async def test_the_administrator_sees_and_ends_sign_ins(console):
    await console.sign_in()
    anas = {cookie.key: cookie.value for cookie in console.client.session.cookie_jar}
    console.client.session.cookie_jar.clear()
    await console.sign_in("admin")
    page = await (await console.client.get("/console/admin/doors")).text()
    assert "Odjavi svuda: ana" in page
    data = {"csrf": field(page, "csrf"), "username": "ana"}
    await console.client.post("/console/admin/doors/sign-out", data=data)
    console.client.session.cookie_jar.clear()
    console.client.session.cookie_jar.update_cookies(anas, console.client.make_url("/"))
    assert (await console.client.get("/api/v1/queues")).status == 401


async def test_signing_out_ends_the_live_connection_and_is_audited(console):
    csrf = await console.sign_in()
    async with console.client.ws_connect("/api/v1/live") as socket:
        await console.client.post("/logout", data={"csrf": csrf}, allow_redirects=False)
        assert await closed_with(socket) == 4401
    async with console.deps.database.read() as connection:
        assert [row.action for row in await audit_repository.latest(connection)][:2] == ["sign_out", "sign_in"]
    assert console.app[AUTHENTICATION].remembered() == frozenset()


async def test_a_guesser_elsewhere_does_not_lock_the_owner_s_browser(console):
    await console.sign_in()
    known = {cookie.key: cookie.value for cookie in console.client.session.cookie_jar}["centrala_device"]
    console.client.session.cookie_jar.clear()
    for _ in range(40):
        await console.client.post("/login", data={"username": "ana", "password": "pogrešna"})
    right = {"username": "ana", "password": PASSWORD}
    assert (await console.client.post("/login", data=right, allow_redirects=False)).status == 429
    console.client.session.cookie_jar.update_cookies({"centrala_device": known}, console.client.make_url("/login"))
    assert (await console.client.post("/login", data=right, allow_redirects=False)).status == 303


async def test_a_forged_device_is_a_stranger(console):
    jar = console.client.session.cookie_jar
    jar.update_cookies({"centrala_device": f"{'a' * 32}.{'b' * 32}"}, console.client.make_url("/login"))
    statuses = [
        (await console.client.post("/login", data={"username": "ana", "password": "pogrešna"})).status for _ in range(6)
    ]
    assert statuses == [401] * 5 + [429]


async def test_many_guesses_at_one_moment_do_not_slip_through(console):
    answers = await asyncio.gather(
        *(console.client.post("/login", data={"username": "ana", "password": "pogrešna"}) for _ in range(12))
    )
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 7
