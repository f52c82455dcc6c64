"""Phones in a browser, by AMI: their logins, the queue member that follows the operator's choice, a phone that died.

Owns the actions; the dialplan owns what a caller without an operator hears (dialplans/operator_lost.conf.j2), the
console owns who may have a login and for how long.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from ami.client import AmiClient, AmiError, AmiMessage
from ami.conversations import CONTROL
from calls.channel_variables import OPERATOR, OperatorLost
from calls.phones import BROWSER_PHONES, PhoneKind, endpoint_of, interface_of, phone_of_channel, phone_of_interface
from calls.ports import CallControlError

_LOG = logging.getLogger(__name__)
LISTEN: Final = 0.4
"""Seconds in which a living browser sends some twenty packets, and a dead one none."""


class Sender(Protocol):
    """What of the call control is used here."""

    def set_phone(self, extension: str, kind: PhoneKind) -> None:
        """Ring the operator on this phone from now on."""
        ...

    async def send(self, action: dict[str, str | list[str]], *, listing: bool = False) -> list[AmiMessage]:
        """Send an action, return its checked answer. Raises CallControlError."""
        ...


class AmiBrowserPhones:
    """Implements `calls.ports.BrowserPhones`.

    `keeper` is the connection of the user that may write the PBX's database and may not originate; `wait` is
    `asyncio.sleep`, given so that a test needs no clock.
    """

    def __init__(
        self, control: Sender, keeper: AmiClient | None, wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._control = control
        self._keeper = keeper
        self._wait = wait

    def set_phone(self, extension: str, kind: PhoneKind) -> None:
        """Ring the operator on this phone from now on."""
        self._control.set_phone(extension, kind)

    async def set_login(self, extension: str, password: str) -> None:
        """Make `password` the only one with which the operator's browser registers; the former is void at once."""
        endpoint = endpoint_of(extension, PhoneKind.BROWSER)
        login = {"auth_type": "userpass", "username": endpoint, "password": password}
        family = f"{BROWSER_PHONES}/auth"
        if self._keeper is None:
            raise CallControlError("no connection to the PBX", reason="exchange_away")
        try:
            await self._keeper.send({"Action": "DBPut", "Family": family, "Key": endpoint, "Val": json.dumps(login)})
        except AmiError as error:
            raise CallControlError(str(error)) from error

    async def move_member(self, extension: str, kind: PhoneKind) -> None:
        """Put the chosen phone into every queue in which the operator's other phone is, paused or not as that was."""
        other = PhoneKind.SIP if kind is PhoneKind.BROWSER else PhoneKind.BROWSER
        rows = await self._control.send({"Action": "QueueStatus"}, listing=True)
        for row in rows:
            if row.get("event") != "QueueMember" or phone_of_interface(row.get("location", "")) != (extension, other):
                continue
            await self._add(row, interface_of(extension, kind))
            await self._control.send(
                {"Action": "QueueRemove", "Queue": row.get("queue", ""), "Interface": row["location"]}
            )

    async def _add(self, row: AmiMessage, interface: str) -> None:
        queue, paused, reason = row.get("queue", ""), row.get("paused") == "1", row.get("pausedreason", "")
        try:
            await self._control.send(
                {
                    "Action": "QueueAdd",
                    "Queue": queue,
                    "Interface": interface,
                    "MemberName": row.get("name", ""),
                    "Penalty": row.get("penalty", "0"),
                    "Paused": "true" if paused else "false",
                }
            )
        except CallControlError as error:
            if "already there" not in str(error).lower():
                raise
        if paused and reason:
            await self._control.send(
                {"Action": "QueuePause", "Queue": queue, "Interface": interface, "Paused": "true", "Reason": reason}
            )

    async def keep_callers(self, endpoint: str) -> tuple[str, ...]:
        """The phone has lost its connection: bring whoever it talked with to where they wait for it.

        A phone that still sends audio, or has registered anew meanwhile, is left alone. A ringing it would not hear
        is ended, so that the queue asks the next operator. Returns the calls (linkedid) that were interrupted.
        """
        rows = await self._channels()
        mine = [row for row in rows if row["channel"].startswith(f"PJSIP/{endpoint}-")]
        if not mine or await self._is_registered(endpoint):
            return ()
        kept: list[str] = []
        for row in mine:
            if row.get("channelstatedesc") != "Up":
                await self._hang_up(row["channel"])
            elif not await self._is_heard(row["channel"]):
                kept += await self._keep(row, rows, endpoint)
        return tuple(kept)

    async def _keep(self, dead: AmiMessage, rows: Sequence[AmiMessage], endpoint: str) -> list[str]:
        bridge = dead.get("bridgeid", "")
        others = [row for row in rows if bridge and row.get("bridgeid") == bridge and row is not dead]
        # A held caller sees without our help that the phone has died; whoever is asked meanwhile is let go.
        its = [row for row in rows if row.get("linkedid") == dead.get("linkedid")]
        held = any((row.get("context"), row.get("exten")) == (CONTROL, "hold") for row in its)
        if len(others) == 1 and phone_of_channel(others[0]["channel"]) is None and not held:
            caller = others[0]
            await self._control.send(
                {"Action": "Setvar", "Channel": caller["channel"], "Variable": OPERATOR, "Value": endpoint}
            )
            await self._control.send(
                {
                    "Action": "Redirect",
                    "Channel": caller["channel"],
                    "Context": OperatorLost.CONTEXT,
                    "Exten": "s",
                    "Priority": "1",
                }
            )
            await self._hang_up(dead["channel"])
            return [caller.get("linkedid", "")]
        # Three talk, or somebody whom the operator asks is at the other end: nobody is left alone with a dead line.
        await self._hang_up(dead["channel"])
        return []

    async def _channels(self) -> list[AmiMessage]:
        rows = await self._control.send({"Action": "CoreShowChannels"}, listing=True)
        return [row for row in rows if row.get("event") == "CoreShowChannel" and row.get("channel")]

    async def _is_registered(self, endpoint: str) -> bool:
        answer = await self._control.send({"Action": "Getvar", "Variable": f"PJSIP_DIAL_CONTACTS({endpoint})"})
        return bool(answer[0].get("value", ""))

    async def _is_heard(self, channel: str) -> bool:
        before = await self._packets(channel)
        await self._wait(LISTEN)
        return await self._packets(channel) > before

    async def _packets(self, channel: str) -> int:
        try:
            answer = await self._control.send(
                {"Action": "Getvar", "Channel": channel, "Variable": "CHANNEL(rtcp,rxcount)"}
            )
        except CallControlError:
            return 0  # it is gone by itself
        text = answer[0].get("value", "")
        return int(text) if text.isdigit() else 0

    async def _hang_up(self, channel: str) -> None:
        try:
            await self._control.send({"Action": "Hangup", "Channel": channel, "Cause": "44"})
        except CallControlError as error:
            _LOG.info("%s is gone already: %s", channel, error)
