from tests.agent_console.conftest import PASSWORD


async def attempt(console, username, password):
    return await console.client.post("/login", data={"username": username, "password": password}, allow_redirects=False)


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(console):
    response = await attempt(console, "ana", PASSWORD)
    cookie = response.headers["Set-Cookie"]
    assert response.status == 303
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def test_a_wrong_password_and_an_unknown_name_answer_alike(console):
    wrong = await attempt(console, "ana", "pogrešna")
    unknown = await attempt(console, "niko", "pogrešna")
    assert wrong.status == unknown.status == 401
    assert (await wrong.text()).replace("ana", "niko") == await unknown.text()


async def test_guessing_is_slowed_down_and_time_forgives(console):
    for _ in range(5):
        assert (await attempt(console, "ana", "pogrešna")).status == 401
    assert (await attempt(console, "ana", PASSWORD)).status == 429
    assert (await attempt(console, "boris", PASSWORD)).status == 303
    console.clock.forward(minutes=6)
    assert (await attempt(console, "ana", PASSWORD)).status == 303


async def test_signing_out_ends_the_session(console):
    csrf = await console.sign_in()
    await console.client.post("/logout", data={"csrf": csrf}, allow_redirects=False)
    assert (await console.client.get("/api/v1/cases")).status == 401


async def test_a_session_runs_out(console):
    await console.sign_in()
    assert (await console.client.get("/api/v1/cases")).status == 200
    console.clock.forward(hours=13)
    assert (await console.client.get("/api/v1/cases")).status == 401


async def test_a_signed_in_operator_stays_so_while_the_database_is_down(console, database_down):
    await console.sign_in()
    database_down()
    console.clock.forward(minutes=5)
    response = await console.client.get("/api/v1/queues")
    assert response.status == 200
    answer = await console.client.get("/api/v1/cases")
    assert (answer.status, (await answer.json(content_type=None))["error_id"]) == (503, "storage_down")


async def test_a_wrong_token_is_nobody(console):
    response = await console.client.get("/api/v1/cases", headers={"Authorization": "Bearer wrong"})
    assert response.status == 401
