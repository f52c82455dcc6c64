"""Puts a call's recorder on again by AMI, where telephones came together without the dialplan (docs/adr/0018).

An attended transfer by a telephone's own keys swaps channels inside Asterisk: the telephone that came later may be
missing from the recording though both hear one another, until the recorder is renewed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ami.call_control import AmiCallControl
from ami.client import AmiClient, AmiError
from calls.channel_variables import RECORDING
from calls.ids import LinkedId
from calls.ports import CallControlError

BETWEEN: Final = 0.1
"""Seconds, five frames, without a recorder: the first of them makes the exchange forget the former stream."""


class AmiRecorder:
    """`keeper`: the connection of the user that may start a recorder; `wait` is `asyncio.sleep`, given for tests."""

    def __init__(
        self,
        control: AmiCallControl,
        keeper: AmiClient | None,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._control = control
        self._keeper = keeper
        self._wait = wait

    async def renew(self, linkedid: LinkedId) -> bool:
        """Take the recorder off and put it on again, at the end of the same files; False: the call is not recorded.

        It comes back not muted. Nothing is taken off while there is nobody to put it on again. Raises CallControlError;
        one that says "the recorder is off" came after that: the rest of the call is not recorded.
        """
        keeper = self._keeper
        if keeper is None or not keeper.connected.is_set():
            raise CallControlError("no connection to the PBX")
        names = [channel.name for channel in await self._control.channels() if channel.uniqueid == linkedid]
        if not names:
            return False
        asked = await self._control.send({"Action": "Getvar", "Channel": names[0], "Variable": RECORDING})
        path = asked[0].get("value", "")
        if not path:
            return False
        await self._control.send({"Action": "StopMixMonitor", "Channel": names[0]})
        await self._wait(BETWEEN)
        lanes = f"ar({path}-caller.wav)t({path}-system.wav)"
        try:
            await keeper.send({"Action": "MixMonitor", "Channel": names[0], "Options": lanes})
        except AmiError as error:
            raise CallControlError(f"the recorder is off: {error}") from error
        return True
