"""`centrala simulate citizen|operator|gateway`: real SIP user agents for trying things out."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime
from pathlib import Path

from calls.ports import RadioError
from calls.problems import FileProblemsError
from cases.town_loader import load_town
from centrala.errors import CommandFailed, WrongUsage
from centrala.secrets_file import load_secrets, sip_password
from centrala.settings import Settings
from centrala.simulate.citizen import parse_keys, simulate_citizen
from centrala.simulate.gateway import simulate_gateway
from centrala.simulate.hearing import CallResult
from centrala.simulate.operator import simulate_operator

SUMMARY = "call, answer or acknowledge with a real SIP user agent"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    who = parser.add_subparsers(dest="who", required=True)
    citizen = who.add_parser("citizen", help="call the number and press keys")
    citizen.add_argument(
        "--keys", default="", help="keys to press, with commas between: 1,2; w waits for a prompt's end"
    )
    citizen.add_argument(
        "--from", dest="number", default="0641234567", help="number to present; anonymous to withhold it"
    )
    citizen.add_argument("--say", type=Path, help="WAV file to say, 8 kHz mono")
    citizen.add_argument("--number", dest="did", help="number to call (default: the town's first)")
    citizen.add_argument("--no-barge-in", action="store_true", help="press only when a prompt has ended")
    citizen.add_argument("--stay", type=float, default=20.0, help="seconds to stay after the last key")
    operator = who.add_parser("operator", help="register as an operator's phone and answer")
    operator.add_argument("extension")
    operator.add_argument("--say", type=Path, help="WAV file to say, 8 kHz mono")
    operator.add_argument("--talk", type=float, default=20.0, help="seconds to talk")
    operator.add_argument("--calls", type=int, default=1, help="calls to answer before leaving")
    gateway = who.add_parser("gateway", help="be a radio gateway and acknowledge an order")
    gateway.add_argument("name", nargs="?", default="radio-1")
    gateway.add_argument("--ack", default="1", help="keys to answer with: 1 taken, 2 more time, 3 hand over, 9 repeat")
    gateway.add_argument("--calls", type=int, default=1, help="calls to answer before leaving")
    for one in (citizen, operator, gateway):
        one.add_argument("--out", type=Path, help="WAV file for what was heard")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return 0 when the call was answered and something was heard."""
    out = arguments.out or settings.home / "simulate" / f"{arguments.who}-{datetime.now():%Y%m%d-%H%M%S}.wav"  # noqa: DTZ005 - a file's name for people
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        results = asyncio.run(_run(arguments, settings, out))
    except (RadioError, OSError) as error:
        raise CommandFailed(f"{error}; does Centrala run? `centrala status` says") from error
    except FileProblemsError as error:
        raise WrongUsage(str(error)) from error
    for result in results:
        print("\n".join(result.lines()))
    return 0 if results and all(result.answered and result.audible for result in results) else 1


async def _run(arguments: argparse.Namespace, settings: Settings, out: Path) -> list[CallResult]:
    town = load_town(settings.municipality)
    if arguments.who == "citizen":
        try:
            parse_keys(arguments.keys)
        except ValueError as error:
            raise WrongUsage(str(error)) from error
        result = await simulate_citizen(
            uri=f"sip:{arguments.did or town.dids[0]}@{settings.sip.bind}",
            keys=arguments.keys,
            from_number=arguments.number,
            say_file=arguments.say,
            out_wav=out,
            barge_in=not arguments.no_barge_in,
            stay=arguments.stay,
        )
        return [result]
    if arguments.who == "operator":
        if arguments.extension not in town.operator_extensions:
            raise WrongUsage(
                f"{arguments.extension} is no operator of {town.name}: {', '.join(town.operator_extensions)}"
            )
        return await simulate_operator(
            extension=arguments.extension,
            secret=sip_password(load_secrets(settings.home).sip_password_seed, arguments.extension),
            registrar=f"sip:{settings.sip.bind}",
            out_wav=out,
            say_file=arguments.say,
            talk=arguments.talk,
            calls=arguments.calls,
        )
    gateway = town.radio_gateway(arguments.name)
    if gateway is None:
        known = ", ".join(one.id for one in town.radio_gateways)
        raise WrongUsage(f"{arguments.name} is no radio gateway of {town.name}: {known}")
    user, _, address = gateway.uri.partition(":")[2].rpartition("@")
    host, _, port = address.partition(":")
    return await simulate_gateway(
        user=user or "dispatch",
        host=host,
        port=int(port or 5060),
        ack=arguments.ack,
        out_wav=out,
        calls=arguments.calls,
    )
