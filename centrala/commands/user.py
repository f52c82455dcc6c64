"""`centrala user add|list|passwd|phone`: accounts and telephones of staff from the command line."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import secrets
import sys

from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import IntegrityError

from agent_console.passwords import hash_password, new_token, token_hash
from centrala.databases import now, open_databases
from centrala.errors import CommandFailed, WrongUsage
from centrala.secrets_file import load_secrets, sip_password
from centrala.settings import Settings, shown_address
from centrala.town_files import read_town
from storage import user_repository
from storage.database import Database, DatabaseDown
from storage.user_repository import User

SUMMARY = "add and list accounts, set passwords"
ROLES = ("operator", "supervisor", "utility", "crew", "administrator")
SHORTEST = 10


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
    change = actions.add_parser("passwd", help="set a password (asked for, or read from standard input)")
    change.add_argument("username")
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
        if arguments.action == "add":
            await _add(arguments, databases.main)
        elif arguments.action == "passwd":
            await _passwd(arguments.username, databases.main)
        else:
            await _list(databases.main)


def _phone(extension: str, settings: Settings) -> None:
    town = read_town(settings.municipality).town
    if extension not in town.operator_extensions:
        raise WrongUsage(f"{extension} is no operator of {town.name}: {', '.join(town.operator_extensions)}")
    password = sip_password(load_secrets(settings.home).sip_password_seed, extension)
    print(f"server    {shown_address(settings.sip.bind)} (UDP or TCP)")
    print(f"user name {extension}")
    print(f"password  {password}")
    print("codecs    PCMU, PCMA (G.711)")


async def _add(arguments: argparse.Namespace, database: Database) -> None:
    if arguments.role in ("utility", "crew") and not arguments.organisation:
        raise WrongUsage(f"an account of role {arguments.role} needs --organisation")
    password, token = "-".join(secrets.token_hex(3) for _ in range(3)), new_token()
    user = User(
        arguments.username,
        arguments.role,
        arguments.name or arguments.username,
        arguments.extension,
        arguments.organisation,
        True,
        now(),
    )
    try:
        async with database.begin() as connection:
            await user_repository.add_user(
                connection, user, password_hash=hash_password(password), token_hash=token_hash(token)
            )
    except IntegrityError as error:
        raise CommandFailed(f"the name {user.username} or the extension {user.extension} is taken") from error
    print(f"{user.role} {user.username} {password} {token}")


async def _passwd(username: str, database: Database) -> None:
    password = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST:
        raise WrongUsage(f"a password has at least {SHORTEST} characters")
    async with database.begin() as connection:
        if not await user_repository.set_credentials(connection, username, password_hash=hash_password(password)):
            raise CommandFailed(f"there is no account {username}; `centrala user list` shows them")
    print(f"password of {username} is set")


async def _list(database: Database) -> None:
    async with database.read() as connection:
        users = await user_repository.list_users(connection)
    table = Table(show_header=True, header_style="bold")
    for heading in ("username", "role", "name", "extension", "organisation", "active"):
        table.add_column(heading)
    for user in users:
        cells = [user.username, user.role, user.display_name, user.extension or "", user.organisation or ""]
        table.add_row(*cells, "yes" if user.active else "no")
    Console().print(table)
