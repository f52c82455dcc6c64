"""Hold, transfer, consultation and conference by AMI Redirect into `dialplans/call_control.conf.j2`.

Implements `calls.conversation.ConversationControl`. Channels are looked up when the order comes: who was in the call a
minute ago says nothing. No keys are sent into a conversation, and each answer of the PBX is checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ami.call_control import AmiCallControl
from calls.channel_variables import HELD, HOLDER, SENT_BY, SNOOP
from calls.conversation import SnoopMode, Target, TargetKind
from calls.ids import LinkedId
from calls.phones import extension_of_channel
from calls.ports import CallControlError, ChannelNow

_LOOK_AGAIN: Final = 0.02
_LONGEST_LOOK: Final = 1.0
_SUPERVISOR_RINGS: Final = 20.0
CONTROL: Final = "call-control"
TRANSFER: Final = "call-transfer"
CONSULT: Final = "call-consult"
OUT: Final = "call-out"


@dataclass(frozen=True, slots=True)
class Parties:
    """Who is in a call now. `third`: whom the operator consults, ringing or talking."""

    caller: ChannelNow
    operator: ChannelNow
    third: ChannelNow | None

    @property
    def together(self) -> bool:
        """Say whether caller and operator hear one another."""
        return bool(self.caller.bridge) and self.caller.bridge == self.operator.bridge

    @property
    def put_through(self) -> bool:
        """Say whether caller and third hear one another, without the operator."""
        return (
            not self.together
            and self.third is not None
            and bool(self.third.bridge)
            and self.third.bridge == self.caller.bridge
        )

    @property
    def held(self) -> bool:
        """Say whether the caller hears music because an operator wanted it."""
        return self.caller.place.startswith(f"{CONTROL},hold")

    @property
    def consulting(self) -> bool:
        """Say whether operator and third hear one another, without the caller."""
        return self.third is not None and bool(self.third.bridge) and self.third.bridge == self.operator.bridge


def parties_of(channels: Iterable[ChannelNow], linkedid: LinkedId, extension: str) -> Parties:
    """Find caller, operator and third among the PBX's channels. Raises CallControlError when one of the first is gone.

    The caller is the channel that began the call, unless that is the operator's own phone or has been replaced: then
    one that is no phone of ours, then any other.
    """
    real = [one for one in channels if one.linkedid == linkedid and one.name.startswith("PJSIP/")]
    mine = [one for one in real if extension_of_channel(one.name) == extension and one.state == "Up"]
    if not mine:
        raise CallControlError(f"operator {extension} is not in this call any more", reason="operator_left")
    operator = next((one for one in mine if one.bridge), mine[0])
    others = [one for one in real if one is not operator]
    up = [one for one in others if one.state == "Up"]
    callers = sorted(up, key=lambda one: (one.uniqueid != linkedid, extension_of_channel(one.name) is not None))
    if not callers:
        raise CallControlError("the caller has hung up", reason="caller_left")
    caller = callers[0]
    thirds = [one for one in others if one is not caller]
    third = next((one for one in thirds if one.bridge and one.bridge == operator.bridge), None)
    return Parties(caller, operator, third or next(iter(thirds), None))


class AmiConversations:
    """Steers calls over the connection of `control`."""

    def __init__(self, control: AmiCallControl) -> None:
        self._control = control

    async def hold(self, linkedid: LinkedId, extension: str) -> None:
        """Send the caller to the music; alone with the caller, the operator goes to a quiet bridge."""
        parties = await self._parties(linkedid, extension)
        if parties.held:
            return
        if not parties.together:
            raise CallControlError("you are not talking with the caller now", reason="not_talking")
        await self._tie(parties.caller, parties.operator)
        if parties.consulting:  # a conference: the two others go on talking
            await self._redirect(parties.caller, CONTROL, "hold")
        else:
            await self._redirect(parties.caller, CONTROL, "hold", beside=(parties.operator, CONTROL, "holding"))
        await self._until(linkedid, extension, lambda now: now.held, "the caller")

    async def unhold(self, linkedid: LinkedId, extension: str) -> None:
        """Bring the two together; whom the operator consulted is let go."""
        parties = await self._parties(linkedid, extension)
        if parties.together:
            if parties.third is None:
                return
            # Two of a conference go on in a bridge of their own, where the recorder is renewed (ADR 18).
            await self._hang_up(parties.third)
            await self._tie(parties.caller, parties.operator)
            await self._redirect(parties.caller, CONTROL, "resume")
            left = parties.caller.bridge
            await self._until(linkedid, extension, lambda now: now.together and now.caller.bridge != left, "the caller")
            return
        if not parties.held:
            raise CallControlError("the caller is on the way to somebody else", reason="caller_on_the_way")
        await self._tie(parties.caller, parties.operator)
        if not parties.operator.place.startswith(f"{CONTROL},holding"):
            await self._redirect(parties.operator, CONTROL, "holding")
            parties = await self._until(
                linkedid, extension, lambda now: bool(now.operator.bridge) and not now.consulting, "your phone"
            )
        await self._redirect(parties.caller, CONTROL, "resume")
        await self._until(linkedid, extension, lambda now: now.together, "the caller")

    async def transfer(self, linkedid: LinkedId, extension: str, target: Target) -> None:
        """Send the caller to the target; the operator's leg ends."""
        parties = await self._parties(linkedid, extension)
        if not (parties.together or parties.held):
            raise CallControlError("the caller is on the way to somebody else", reason="caller_on_the_way")
        await self._set(parties.caller, SENT_BY, extension)
        context, place = (OUT, f"transfer-{target.word}") if target.outside else (TRANSFER, target.word)
        await self._redirect(parties.caller, context, place, beside=(parties.operator, CONTROL, "bye"))

    async def consult(self, linkedid: LinkedId, extension: str, target: Target) -> None:
        """Hold the caller and have the operator's leg ring the target."""
        if target.kind is TargetKind.QUEUE:
            raise CallControlError("a queue cannot be consulted: send the caller there", reason="queue_not_asked")
        parties = await self._parties(linkedid, extension)
        if parties.third is not None:
            raise CallControlError(
                "you are asking somebody already: come back to the caller first", reason="asking_already"
            )
        context, place = (OUT, f"consult-{target.word}") if target.outside else (CONSULT, target.word)
        await self._tie(parties.caller, parties.operator)
        if parties.held:
            await self._redirect(parties.operator, context, place)
        elif parties.together:
            await self._redirect(parties.caller, CONTROL, "hold", beside=(parties.operator, context, place))
        else:
            raise CallControlError("you are not talking with the caller now", reason="not_talking")

    async def complete(self, linkedid: LinkedId, extension: str) -> None:
        """Bring caller and third together by themselves, then end the operator's leg."""
        parties, third = await self._consultation(linkedid, extension)
        await self._set(parties.caller, HOLDER, third.name)
        await self._redirect(parties.caller, CONTROL, "resume")
        await self._until(linkedid, extension, lambda now: now.put_through, "the caller")
        await self._hang_up(parties.operator)

    async def conference(self, linkedid: LinkedId, extension: str) -> None:
        """Join the caller to the consultation. The caller stays the operator's, should the third leave."""
        parties, third = await self._consultation(linkedid, extension)
        if not parties.together:
            await self._set(parties.caller, HOLDER, third.name)
            await self._redirect(parties.caller, CONTROL, "join")
            await self._until(linkedid, extension, lambda now: now.together, "the caller")
        await self._tie(parties.caller, parties.operator)

    async def channel_of(self, linkedid: LinkedId, extension: str) -> str:
        """Look the operator's channel up: queue members and names of a minute ago say nothing of who talks now."""
        return (await self._parties(linkedid, extension)).operator.name

    async def snoop(self, channel: str, *, phone: str, mode: SnoopMode, caller_id: str, announced: bool) -> None:
        """Ring the supervisor; the announcement goes first, and without it nobody listens."""
        variables = {SNOOP: channel}
        if announced:
            await self._control.originate(
                endpoint="Local/tone@snoop", context="snoop", extension="say", variables={f"__{SNOOP}": channel},
                caller_id=caller_id, timeout=5,
            )  # fmt: skip
        await self._control.originate(
            endpoint=phone, context="snoop", extension=mode.value, variables=variables, caller_id=caller_id,
            timeout=_SUPERVISOR_RINGS,
        )  # fmt: skip

    async def _consultation(self, linkedid: LinkedId, extension: str) -> tuple[Parties, ChannelNow]:
        """Return the parties and whom the operator talks with about the caller."""
        parties = await self._parties(linkedid, extension)
        if not parties.consulting or parties.third is None:
            raise CallControlError("nobody has answered yet", reason="nobody_answered")
        return parties, parties.third

    async def _parties(self, linkedid: LinkedId, extension: str) -> Parties:
        return parties_of(await self._control.channels(), linkedid, extension)

    async def _until(self, linkedid: LinkedId, extension: str, wanted: Callable[[Parties], bool], who: str) -> Parties:
        """Return the parties when `wanted` is true of them. Raises CallControlError after a second."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _LONGEST_LOOK
        while True:
            parties = await self._parties(linkedid, extension)
            if wanted(parties):
                return parties
            if loop.time() > end:
                raise CallControlError(f"the telephone exchange did not move {who} within a second")
            await asyncio.sleep(_LOOK_AGAIN)

    async def _tie(self, caller: ChannelNow, operator: ChannelNow) -> None:
        await self._set(caller, HOLDER, operator.name)
        await self._set(operator, HELD, caller.name)

    async def _set(self, channel: ChannelNow, name: str, value: str) -> None:
        await self._control.send({"Action": "Setvar", "Channel": channel.name, "Variable": name, "Value": value})

    async def _redirect(
        self, channel: ChannelNow, context: str, extension: str, *, beside: tuple[ChannelNow, str, str] | None = None
    ) -> None:
        action: dict[str, str | list[str]] = {
            "Action": "Redirect",
            "Channel": channel.name,
            "Context": context,
            "Exten": extension,
            "Priority": "1",
        }
        if beside is not None:
            other, its_context, its_extension = beside
            action |= {
                "ExtraChannel": other.name,
                "ExtraContext": its_context,
                "ExtraExten": its_extension,
                "ExtraPriority": "1",
            }
        await self._control.send(action)

    async def _hang_up(self, channel: ChannelNow) -> None:
        await self._control.send({"Action": "Hangup", "Channel": channel.name, "Cause": "16"})
