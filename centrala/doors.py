"""The settings of accounts as the console's policy. Owns what "reachable from another machine" means."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from agent_console.door_policy import DoorPolicy
from centrala.settings import Settings, split_host_port


def is_reachable(settings: Settings) -> bool:
    """Say whether the console can be opened from another machine: by its own address, or through a proxy."""
    host, _ = split_host_port(settings.console.bind)
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return not loopback or bool(settings.console.origin)


def door_policy(settings: Settings) -> DoorPolicy:
    """Return the policy that the settings ask for."""
    accounts = settings.accounts
    required = accounts.second_factor == "required" or (accounts.second_factor == "auto" and is_reachable(settings))
    return DoorPolicy(
        session_length=timedelta(hours=accounts.session_hours),
        idle_length=timedelta(minutes=accounts.idle_minutes),
        token_length=timedelta(days=accounts.token_days) if accounts.token_days else None,
        second_factor_required=required,
        creates_per_minute=accounts.creates_per_minute,
        costly_per_minute=accounts.costly_per_minute,
    )
