"""Accounts from the command line: what is changed is in force at once, audited, and signs out whom it concerns."""

from datetime import timedelta

import pytest

from agent_console.door_policy import DoorPolicy
from centrala.account_changes import AccountChanges
from centrala.databases import now
from centrala.doors import door_policy
from centrala.errors import CommandFailed, WrongUsage
from centrala.settings import AccountSettings, ConsoleSettings, Settings
from storage import (
    audit_repository,
    second_factor_repository,
    session_repository,
    token_repository,
    user_repository,
)
from storage.second_factor_repository import StoredFactor
from storage.session_repository import NewSession
from storage.user_repository import User


@pytest.fixture
async def changes(database):
    made = AccountChanges(database, DoorPolicy(token_length=timedelta(days=30)), "cli:root")
    user = User("vera", "supervisor", "Vera", None, None, True, now())
    await made.add(user, "duga-lozinka")
    async with database.begin() as connection:
        new = NewSession("h" * 64, "vera", "c", "full", "127.0.0.1", "Firefox", now(), now() + timedelta(hours=1))
        await session_repository.open_session(connection, new, idle_since=now() - timedelta(hours=1))
    return made


async def signed_in(database):
    async with database.read() as connection:
        return len(await session_repository.sessions_of(connection, now(), now() - timedelta(hours=1)))


async def audited(database):
    async with database.read() as connection:
        assert await audit_repository.first_broken_row(connection) is None
        return [(row.actor, row.action, row.object) for row in await audit_repository.latest(connection)]


@pytest.mark.parametrize(
    ("change", "action"),
    [
        (lambda one: one.set_password("vera", "druga-lozinka"), "password_changed"),
        (lambda one: one.set_role("vera", "operator"), "account_role"),
        (lambda one: one.set_active("vera", active=False), "account_closed"),
        (lambda one: one.sign_out("vera"), "sign_out_everywhere"),
    ],
)
async def test_a_change_signs_the_account_out_and_is_audited(database, changes, change, action):
    assert await signed_in(database) == 1
    await change(changes)
    assert await signed_in(database) == 0
    assert (await audited(database))[0] == ("cli:root", action, "vera")


async def test_resetting_a_factor(database, changes):
    with pytest.raises(CommandFailed, match="no second factor"):
        await changes.reset_factor("vera")
    async with database.begin() as connection:
        await second_factor_repository.enrol(connection, StoredFactor("vera", "sealed", now(), 1), ["a" * 64])
    await changes.reset_factor("vera")
    async with database.read() as connection:
        assert await second_factor_repository.find(connection, "vera") is None
        assert await second_factor_repository.codes_left(connection, "vera") == 0
    assert await signed_in(database) == 0
    assert (await audited(database))[0] == ("cli:root", "second_factor_reset", "vera")


async def test_tokens_are_made_narrowed_replaced_and_revoked(database, changes):
    clear = await changes.make_token("vera", "tabla", frozenset({"calls.read"}), None, replace=False)
    async with database.read() as connection:
        newest, first = await token_repository.tokens_of(connection, "vera")
    assert clear not in repr(newest)
    assert newest.scopes == {"calls.read"}
    assert newest.expires_at - newest.created_at == timedelta(days=30)
    with pytest.raises(WrongUsage, match="there is no permission"):
        await changes.make_token("vera", "", frozenset({"everything"}), None, replace=False)
    with pytest.raises(WrongUsage, match="8 letters"):
        await changes.revoke_tokens("vera", "a")
    assert await changes.revoke_tokens("vera", first.token_hash[:12]) == 1
    await changes.make_token("vera", "nova", frozenset(), 0, replace=True)
    async with database.read() as connection:
        (last,) = await token_repository.tokens_of(connection, "vera")
    assert (last.label, last.expires_at) == ("nova", None)


async def test_an_account_that_does_not_exist_is_named(changes):
    for change in (
        changes.set_role("niko", "operator"),
        changes.set_password("niko", "duga-lozinka"),
        changes.sign_out("niko"),
        changes.make_token("niko", "", frozenset(), None, replace=False),
    ):
        with pytest.raises(CommandFailed, match="no account niko"):
            await change


async def test_a_closed_account_opens_again(database, changes):
    await changes.set_active("vera", active=False)
    await changes.set_active("vera", active=True)
    async with database.read() as connection:
        assert (await user_repository.get_user(connection, "vera")).active


@pytest.mark.parametrize(
    ("bind", "origin", "setting", "required"),
    [
        ("127.0.0.1:8080", "", "auto", False),
        ("localhost:8080", "", "auto", False),
        ("[::1]:8080", "", "auto", False),
        ("0.0.0.0:8080", "", "auto", True),
        ("10.0.0.5:8080", "", "auto", True),
        ("127.0.0.1:8080", "https://centrala.example", "auto", True),
        ("127.0.0.1:8080", "", "required", True),
        ("0.0.0.0:8080", "", "optional", False),
    ],
)
def test_a_second_factor_is_asked_for_once_others_can_reach_the_console(bind, origin, setting, required):
    settings = Settings(
        console=ConsoleSettings(bind=bind, origin=origin), accounts=AccountSettings(second_factor=setting)
    )
    policy = door_policy(settings)
    assert policy.needs_second_factor("supervisor") is required
    assert policy.needs_second_factor("administrator") is required
    assert not policy.needs_second_factor("operator")
