"""Control of calls and operators by AMI; implements `calls.ports.CallControl`. Every action's answer is checked."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Final

from ami.client import AmiClient, AmiError, AmiMessage
from ami.messages import OriginateResponse, parse_event
from calls.ids import LinkedId
from calls.phones import PhoneKind, extension_of_interface, interface_of
from calls.ports import CallControlError, ChannelNow, MemberNow, NotReached, PbxSnapshot, WaitingNow

DEVICE_STATES = {
    "0": "unknown",
    "1": "not_in_use",
    "2": "in_use",
    "3": "busy",
    "4": "invalid",
    "5": "unavailable",
    "6": "ringing",
    "7": "ring_in_use",
    "8": "on_hold",
}

_BUSY: Final = 5
_FAULTS: Final = frozenset({0, 8})
"""Reasons of an OriginateResponse (AST_CONTROL): no such place, and congestion."""
_AS_TELEPHONES: Final = "ulaw,alaw"
"""For calls without a telephone of their own: between two codecs a second telephone may fall silent (docs/adr/0018)."""


def _seconds(duration: str) -> int:
    """Return the seconds of Asterisk's `HH:MM:SS`."""
    total = 0
    for part in duration.split(":"):
        total = total * 60 + (int(part) if part.isdigit() else 0)
    return total


class AmiCallControl:
    """Sends actions over the writer's connection. Create it first, then the client with `on_event=control.on_event`."""

    def __init__(self) -> None:
        self._client: AmiClient | None = None
        self._originates: dict[str, asyncio.Future[OriginateResponse]] = {}
        self._phones: dict[str, PhoneKind] = {}

    def attach(self, client: AmiClient) -> None:
        """Give the control its connection."""
        self._client = client

    def on_event(self, message: AmiMessage) -> None:
        """Pair an OriginateResponse with the call that waits for it."""
        event = parse_event(message)
        if isinstance(event, OriginateResponse):
            future = self._originates.get(event.action_id)
            if future is not None and not future.done():
                future.set_result(event)

    async def send(self, action: dict[str, str | list[str]], *, listing: bool = False) -> list[AmiMessage]:
        """Send an action and return its checked answer. Raises CallControlError when it was refused or unanswered."""
        if self._client is None:
            raise CallControlError("no connection to the PBX", reason="exchange_away")
        try:
            return await self._client.send(action, listing=listing)
        except AmiError as error:
            raise CallControlError(str(error)) from error

    def set_phone(self, extension: str, kind: PhoneKind) -> None:
        """Ring the operator on this phone from now on."""
        self._phones[extension] = kind

    def _interface(self, extension: str) -> str:
        try:
            return interface_of(extension, self._phones.get(extension, PhoneKind.SIP))
        except ValueError as error:
            raise CallControlError(str(error)) from error

    async def add_member(self, queue: str, extension: str, *, paused: bool, reason: str = "") -> None:
        """Put the phone into the queue; one that is there already is paused or unpaused instead."""
        await self._drop_other_phone(queue, extension)
        try:
            await self.send(
                {
                    "Action": "QueueAdd",
                    "Queue": queue,
                    "Interface": self._interface(extension),
                    "MemberName": extension,
                    "Penalty": "0",
                    "Paused": "true" if paused else "false",
                }
            )
        except CallControlError as error:
            if "already there" not in str(error).lower():
                raise
            await self.pause_member(extension, paused=paused, reason=reason)
            return
        if paused and reason:
            await self.pause_member(extension, paused=True, reason=reason)

    async def _drop_other_phone(self, queue: str, extension: str) -> None:
        """One operator is one member: who has chosen between two phones is not rung on both."""
        kind = self._phones.get(extension)
        if kind is not None:
            other = PhoneKind.SIP if kind is PhoneKind.BROWSER else PhoneKind.BROWSER
            await self._remove(queue, interface_of(extension, other))

    async def remove_member(self, queue: str, extension: str) -> None:
        """Take the phone out of the queue; one that is not there is no error."""
        await self._remove(queue, self._interface(extension))

    async def _remove(self, queue: str, interface: str) -> None:
        try:
            await self.send({"Action": "QueueRemove", "Queue": queue, "Interface": interface})
        except CallControlError as error:
            if "not there" not in str(error).lower():
                raise

    async def pause_member(self, extension: str, *, paused: bool, reason: str = "") -> None:
        """Pause or unpause the phone in every queue."""
        action: dict[str, str | list[str]] = {
            "Action": "QueuePause",
            "Interface": self._interface(extension),
            "Paused": "true" if paused else "false",
        }
        if reason:
            action["Reason"] = reason
        await self.send(action)

    async def set_penalty(self, queue: str, extension: str, penalty: int) -> None:
        """Ask members with a smaller penalty first; a phone that is not in the queue is no error."""
        where: dict[str, str | list[str]] = {"Queue": queue, "Interface": self._interface(extension)}
        try:
            await self.send({"Action": "QueuePenalty", "Penalty": str(penalty), **where})
        except CallControlError as error:
            if "invalid interface" not in str(error).lower():
                raise

    async def originate(
        self,
        *,
        endpoint: str,
        context: str,
        extension: str,
        variables: dict[str, str],
        caller_id: str,
        timeout: float,
        channel_id: str = "",
    ) -> str:
        """Ring and wait for the answer, at most `timeout` seconds and a little."""
        action_id = f"originate-{secrets.token_hex(8)}"
        future: asyncio.Future[OriginateResponse] = asyncio.get_running_loop().create_future()
        self._originates[action_id] = future
        try:
            await self.send(
                {
                    "Action": "Originate",
                    "ActionID": action_id,
                    "Channel": endpoint,
                    "Context": context,
                    "Exten": extension,
                    "Priority": "1",
                    "Timeout": str(int(timeout * 1000)),
                    "CallerID": caller_id,
                    "Async": "true",
                    "Variable": [f"{name}={value}" for name, value in variables.items()],
                    **({"ChannelId": channel_id} if channel_id else {}),
                    **({"Codecs": _AS_TELEPHONES} if endpoint.startswith("Local/") else {}),
                }
            )
            async with asyncio.timeout(timeout + 5):
                response = await future
        except TimeoutError:
            raise CallControlError(f"the PBX did not say how the call to {endpoint} began") from None
        finally:
            del self._originates[action_id]
        if not response.answered:
            raise NotReached(
                f"no answer from {endpoint} (reason {response.reason})",
                busy=response.reason == _BUSY,
                fault=response.reason in _FAULTS,
            )
        return response.uniqueid

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set one; the dialplan looks at it when the channel comes there."""
        await self.send({"Action": "Setvar", "Channel": channel, "Variable": name, "Value": value})

    async def _channels_of(self, linkedid: LinkedId) -> list[str]:
        channels = [channel.name for channel in await self.channels() if channel.linkedid == linkedid]
        if not channels:
            raise CallControlError(f"call {linkedid} is not there any more", reason="call_over")
        return channels

    async def hang_up(self, linkedid: LinkedId) -> None:
        """End every channel of the call."""
        for channel in await self._channels_of(linkedid):
            await self.send({"Action": "Hangup", "Channel": channel, "Cause": "16"})

    async def pause_recording(self, linkedid: LinkedId, *, paused: bool) -> None:
        """Mute or unmute both directions of the call's recording, which sits on the caller's channel."""
        names = [channel.name for channel in await self.channels() if channel.uniqueid == linkedid]
        if not names:
            raise CallControlError(f"call {linkedid} is not there any more", reason="call_over")
        await self.send(
            {"Action": "MixMonitorMute", "Channel": names[0], "Direction": "both", "State": "1" if paused else "0"}
        )

    async def booted_at(self) -> datetime | None:
        """Return when the PBX started (it says so in its own local time), or None when it does not tell."""
        answer = (await self.send({"Action": "CoreStatus"}))[0]
        text = f"{answer.get('corestartupdate', '')} {answer.get('corestartuptime', '')}"
        try:
            return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").astimezone(UTC)
        except ValueError:
            return None

    async def channels(self) -> tuple[ChannelNow, ...]:
        """Return every channel that exists now."""
        rows = await self.send({"Action": "CoreShowChannels"}, listing=True)
        return tuple(_channel(row) for row in rows if row.get("event") == "CoreShowChannel")

    async def snapshot(self) -> PbxSnapshot:
        """Ask the PBX for its channels and queues."""
        channels = await self.channels()
        queues = await self.send({"Action": "QueueStatus"}, listing=True)
        return PbxSnapshot(
            at=datetime.now(UTC),
            channels=channels,
            waiting=tuple(_waiting(row) for row in queues if row.get("event") == "QueueEntry"),
            members=tuple(_member(row) for row in queues if row.get("event") == "QueueMember"),
        )


def _channel(row: AmiMessage) -> ChannelNow:
    return ChannelNow(
        uniqueid=row.get("uniqueid", ""),
        linkedid=row.get("linkedid", ""),
        name=row.get("channel", ""),
        state=row.get("channelstatedesc", ""),
        application=row.get("application", ""),
        seconds=_seconds(row.get("duration", "")),
        bridge=row.get("bridgeid", ""),
        place=f"{row.get('context', '')},{row.get('exten', '')}",
    )


def _waiting(row: AmiMessage) -> WaitingNow:
    # QueueEntry names the caller's channel, not the call: for one who came straight from the trunk they are the same.
    return WaitingNow(
        linkedid=row.get("uniqueid", ""),
        queue=row.get("queue", ""),
        position=int(row.get("position", "0") or 0),
        waited=int(row.get("wait", "0") or 0),
    )


def _member(row: AmiMessage) -> MemberNow:
    return MemberNow(
        queue=row.get("queue", ""),
        extension=extension_of_interface(row.get("location", "")) or "",
        paused=row.get("paused") == "1",
        reason=row.get("pausedreason", ""),
        device=DEVICE_STATES.get(row.get("status", ""), "unknown"),
    )
