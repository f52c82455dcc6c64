"""`centrala user …`: accounts, their doors and telephones from the command line. Owns arguments and what is printed.

What changes an account is audited under `cli:` and the name of whoever is signed in to the server.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import secrets
import sys

from rich.console import Console
from rich.table import Table

from centrala.account_changes import ROLES, AccountChanges
from centrala.databases import now, open_databases
from centrala.doors import door_policy
from centrala.errors import CommandFailed, WrongUsage
from centrala.secrets_file import load_secrets, sip_password
from centrala.settings import Settings, shown_address
from centrala.town_files import read_town
from storage import second_factor_repository, token_repository, user_repository
from storage.database import Database, DatabaseDown
from storage.user_repository import User

SUMMARY = "accounts: add, list, passwords, roles, API tokens, second factors, sign out"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="make an account; prints its password and API token once")
    add.add_argument("username")
    add.add_argument("--role", choices=ROLES, required=True)
    add.add_argument("--name", default="", help="name to show")
    add.add_argument("--extension", help="telephone extension of an operator")
    add.add_argument("--organisation", help="organisation of a utility's or crew's account")
    actions.add_parser("list", help="list accounts")
    for name, words in (
        ("passwd", "set a password (asked for, or read from standard input); signs the account out everywhere"),
        ("close", "close an account: it is signed out and its tokens open nothing"),
        ("open", "open a closed account again"),
        ("sign-out", "sign an account out everywhere"),
        ("reset-factor", "forget the second factor, for a lost telephone; signs the account out everywhere"),
    ):
        actions.add_parser(name, help=words).add_argument("username")
    role = actions.add_parser("role", help="give an account another role; signs it out everywhere")
    role.add_argument("username")
    role.add_argument("role", choices=ROLES)
    tokens = actions.add_parser("tokens", help="list API tokens: fingerprint, age, last use")
    tokens.add_argument("username", nargs="?")
    token = actions.add_parser("token", help="make an API token; prints it once")
    token.add_argument("username")
    token.add_argument("--label", default="", help="what it is for")
    token.add_argument("--days", type=int, help="life in days; 0: without an end (default: accounts.token_days)")
    token.add_argument("--scope", action="append", default=[], help="narrow it to a permission such as calls.read")
    token.add_argument("--replace", action="store_true", help="revoke the account's other tokens")
    revoke = actions.add_parser("revoke-token", help="revoke API tokens of an account")
    revoke.add_argument("username")
    revoke.add_argument("fingerprint", help="how its fingerprint begins (8 letters or more), or `all`")
    phone = actions.add_parser("phone", help="print what to enter into an operator's telephone")
    phone.add_argument("extension")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do it."""
    if arguments.action == "phone":
        _phone(arguments.extension, settings)
        return 0
    try:
        asyncio.run(_run(arguments, settings))
    except DatabaseDown as error:
        raise CommandFailed(str(error)) from error
    return 0


async def _run(arguments: argparse.Namespace, settings: Settings) -> None:
    async with open_databases(settings) as databases:
        await databases.migrate()
        changes = AccountChanges(databases.main, door_policy(settings), f"cli:{getpass.getuser()}"[:64])
        match arguments.action:
            case "add":
                await _add(arguments, changes)
            case "list":
                await _list(databases.main)
            case "tokens":
                await _tokens(databases.main, arguments.username)
            case "token":
                scopes = frozenset(arguments.scope)
                print(
                    await changes.make_token(
                        arguments.username, arguments.label, scopes, arguments.days, replace=arguments.replace
                    )
                )
            case "revoke-token":
                count = await changes.revoke_tokens(arguments.username, arguments.fingerprint)
                print(f"{count} revoked")
            case "passwd":
                await changes.set_password(arguments.username, _asked_password())
                print(f"password of {arguments.username} is set")
            case "role":
                await changes.set_role(arguments.username, arguments.role)
                print(f"{arguments.username} is {arguments.role} now, and signed out")
            case "close" | "open":
                await changes.set_active(arguments.username, active=arguments.action == "open")
                print(f"{arguments.username} is {'open' if arguments.action == 'open' else 'closed'}")
            case "reset-factor":
                await changes.reset_factor(arguments.username)
                print(f"{arguments.username} has no second factor now, and is signed out")
            case _:
                print(f"{await changes.sign_out(arguments.username)} sign-ins of {arguments.username} ended")


def _phone(extension: str, settings: Settings) -> None:
    town = read_town(settings.municipality).town
    if extension not in town.operator_extensions:
        raise WrongUsage(f"{extension} is no operator of {town.name}: {', '.join(town.operator_extensions)}")
    password = sip_password(load_secrets(settings.home).sip_password_seed, extension)
    print(f"server    {shown_address(settings.sip.bind)} (UDP or TCP)")
    print(f"user name {extension}")
    print(f"password  {password}")
    print("codecs    PCMU, PCMA (G.711)")


def _asked_password() -> str:
    return getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


async def _add(arguments: argparse.Namespace, changes: AccountChanges) -> None:
    if arguments.role in ("utility", "crew") and not arguments.organisation:
        raise WrongUsage(f"an account of role {arguments.role} needs --organisation")
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    user = User(
        arguments.username,
        arguments.role,
        arguments.name or arguments.username,
        arguments.extension,
        arguments.organisation,
        True,
        now(),
    )
    token = await changes.add(user, password)
    print(f"{user.role} {user.username} {password} {token}")


async def _list(database: Database) -> None:
    async with database.read() as connection:
        users = await user_repository.list_users(connection)
        enrolled = await second_factor_repository.enrolled(connection)
    table = Table(show_header=True, header_style="bold")
    for heading in ("username", "role", "name", "extension", "organisation", "second factor", "active"):
        table.add_column(heading)
    for user in users:
        cells = [user.username, user.role, user.display_name, user.extension or "", user.organisation or ""]
        table.add_row(*cells, "yes" if user.username in enrolled else "no", "yes" if user.active else "no")
    Console().print(table)


async def _tokens(database: Database, username: str | None) -> None:
    async with database.read() as connection:
        tokens = await token_repository.tokens_of(connection, username)
    table = Table(show_header=True, header_style="bold")
    for heading in ("username", "fingerprint", "label", "may", "made", "by", "ends", "last used"):
        table.add_column(heading)
    for token in tokens:
        ends = f"{token.expires_at:%Y-%m-%d}" if token.expires_at else "never"
        used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
        may = " ".join(sorted(token.scopes)) or "all of its role"
        made = f"{token.created_at:%Y-%m-%d}"
        table.add_row(
            token.username, token.token_hash[:12], token.label, may, made, token.created_by,
            ends if token.is_good(now()) else f"{ends} (over)", used,
        )  # fmt: skip
    Console().print(table)
