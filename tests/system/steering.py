"""What tests of hold, transfer and conference share: a bed with a steered call, its people and what they hear."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ami.call_control import AmiCallControl
from ami.client import AmiAccount, AmiClient
from ami.conversation_news import CallNews, News, parse_news
from ami.conversations import AmiConversations, Parties, parties_of
from asterisk_conf.models import AsteriskInputs, OutsideLine
from calls.cel import parse_cel_line
from calls.conversation import Target
from calls.ids import LinkedId
from calls.ports import CallControlError
from cases.segments import segments_of
from centrala.simulate.softphone import PhoneCall, Softphone
from centrala.simulate.tones import write_tone
from recordings.wav import read_samples
from tests.free_ports import free_port_block
from tests.system.asterisk_bed import AsteriskBed, running_bed, wait_for

CITIZEN_HZ = 440.0
HERTZ = {"2001": 1000.0, "2002": 1500.0, "2003": 2000.0, "2004": 2500.0}
UTILITY = "037555010"


@contextmanager
def steering_bed(*, more_lines: tuple[OutsideLine, ...] = (), **changes: object) -> Iterator[AsteriskBed]:
    """A bed whose transfers ring for a few seconds only, with a utility's telephone outside on a port of its own.

    `changes`: further fields of the bed's inputs.
    """
    port = free_port_block()

    def change(inputs: AsteriskInputs) -> AsteriskInputs:
        line = OutsideLine("organisation-vodovod", f"PJSIP/{UTILITY}@test")
        trunk = replace(inputs.trunks[0], server=f"sip:127.0.0.1:{port}")
        return replace(
            inputs, trunks=(trunk,), outside_lines=(line, *more_lines), transfer_ring=4, outside_ring=4, **changes
        )

    with running_bed(change=change) as bed:
        bed.outside_port = port
        _believe_in_the_line(bed)
        yield bed


def _believe_in_the_line(bed: AsteriskBed) -> None:
    """Let the exchange dial the line out without asking whether it is there: a test's telephone comes later."""
    settings = bed.inputs.directories.etc / "pjsip.conf"
    before, section, after = settings.read_text().partition("[test]\ntype = aor\n")
    assert section
    assert "qualify_frequency = 30\n" in after
    settings.write_text(before + section + after.replace("qualify_frequency = 30\n", "qualify_frequency = 0\n", 1))
    bed.console("module reload res_pjsip.so")
    wait_for(lambda: "NonQual" in bed.console("pjsip show contacts"), reason="the line out is not asked")


@dataclass
class SteeredBed:
    """A bed with its AMI connections. `news`: what the dialplan and telephones told, oldest first."""

    bed: AsteriskBed
    control: AmiCallControl
    conversations: AmiConversations
    stack: AsyncExitStack
    news: list[News] = field(default_factory=list)
    phones: dict[str, Softphone] = field(default_factory=dict)
    ears: dict[float, Path] = field(default_factory=dict)
    """What whoever sounds at this pitch has heard in their newest call."""

    async def phone(self, extension: str, *, in_queue: bool = False) -> Softphone:
        """Return the registered phone of an operator."""
        if extension not in self.phones:
            phone = await self.stack.enter_async_context(Softphone.started(user=extension))
            await phone.register(extension, f"secret-{extension}", f"sip:{self.bed.sip_target}")
            self.phones[extension] = phone
        if in_queue:
            self.bed.console(f"queue add member PJSIP/{extension} to operators")
            self.bed.console(f"pjsip qualify {extension}")
            wait_for(
                lambda: "Not in use" in self.bed.console("queue show operators"), reason=f"{extension} is reachable"
            )
        return self.phones[extension]

    async def citizen_call(self, *, hertz: float = CITIZEN_HZ) -> PhoneCall:
        """Call the hotline and sound for as long as the call lasts."""
        citizen = await self.stack.enter_async_context(Softphone.started(user="0641234567"))
        call = await citizen.call(f"sip:311@{self.bed.sip_target}", heard=self.bed.home / "citizen.wav")
        await sound(call, self.bed.home, hertz)
        return call

    async def linkedid(self) -> LinkedId:
        """Return the call from outside that goes on."""

        def going_on() -> list[str]:
            starts = [row["linkedid"] for row in self.bed.cel("CHAN_START") if row["context"] == "from-trunk"]
            return [linkedid for linkedid in starts if linkedid not in self.bed.ended_calls()]

        return LinkedId(wait_for(going_on, reason="the call is in CEL")[-1])

    async def parties(self, call: LinkedId, extension: str) -> Parties:
        """Return who is in the call now."""
        return parties_of(await self.control.channels(), call, extension)

    async def until(self, what, reason: str, timeout: float = 40.0) -> None:
        """Wait for an asynchronous condition; a call that is not complete yet counts as no."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while True:
            try:
                if await what():
                    return
            except CallControlError:
                pass
            assert loop.time() < end, f"not within {timeout} s: {reason}"
            await asyncio.sleep(0.05)

    async def until_together(self, call: LinkedId, extension: str) -> None:
        """Wait until operator and caller hear one another."""

        async def together() -> bool:
            return (await self.parties(call, extension)).together

        await self.until(together, f"{extension} talks with the caller")

    async def talking(self, *, operator: str = "2001") -> tuple[PhoneCall, PhoneCall, LinkedId]:
        """A citizen talks with the operator; return caller's call, operator's call and linkedid."""
        first = await self.phone(operator, in_queue=True)
        caller = await self.citizen_call()
        ringing = await first.incoming.get()
        await ringing.answer(heard=self.bed.home / f"{operator}.wav")
        await sound(ringing, self.bed.home, HERTZ[operator])
        call = await self.linkedid()
        await self.until_together(call, operator)
        return caller, ringing, call

    async def conference(self) -> tuple[PhoneCall, PhoneCall, PhoneCall, LinkedId]:
        """2001, a citizen and 2002 talk; return the calls of caller, 2001 and 2002, and the linkedid."""
        caller, operator, call = await self.talking()
        second = await self.phone("2002")
        await self.conversations.consult(call, "2001", Target.parse("operator-2002"))
        asked = await self.answer(second, HERTZ["2002"])

        async def consulting() -> bool:
            return (await self.parties(call, "2001")).consulting

        await self.until(consulting, "2001 talks with 2002")
        await self.conversations.conference(call, "2001")
        return caller, operator, asked, call

    async def answer(self, phone: Softphone, hertz: float) -> PhoneCall:
        """Answer the next call of a phone and sound on it."""
        async with asyncio.timeout(15):
            ringing = await phone.incoming.get()
        self.ears[hertz] = self.bed.home / f"heard-{hertz:g}-{secrets.token_hex(3)}.wav"
        await ringing.answer(heard=self.ears[hertz])
        await sound(ringing, self.bed.home, hertz)
        return ringing

    def segments(self, call: LinkedId) -> list[tuple[str, str]]:
        """Return (operator, kind) of the parts that CEL tells of, in order."""
        lines = self.bed.inputs.directories.cel_file.read_text().splitlines()
        rows = [row for line in lines if (row := parse_cel_line(line)).linkedid == call]
        return [(one.operator, one.kind.value) for one in segments_of(sorted(rows, key=lambda row: row.at))]

    def told(self, what: str) -> list[CallNews]:
        """Return what the dialplan told of this kind."""
        return [one for one in self.news if isinstance(one, CallNews) and one.what == what]


async def sound(call: PhoneCall, home: Path, hertz: float) -> None:
    """Sound on a call until it ends."""
    await call.do("play_start", file=str(write_tone(home, hertz=hertz)), loop=True)


@asynccontextmanager
async def steered(bed: AsteriskBed) -> AsyncIterator[SteeredBed]:
    """Connect to the bed's manager interface as the console does."""
    news: list[News] = []

    def take(message) -> None:
        one = parse_news(message)
        if one is not None:
            news.append(one)

    control = AmiCallControl()
    keys, ports = bed.inputs.secrets, bed.inputs.ports
    reader = AmiClient(AmiAccount("127.0.0.1", ports.ami, "centrala-reader", keys.ami_reader), on_event=take)
    writer = AmiClient(
        AmiAccount("127.0.0.1", ports.ami, "centrala-writer", keys.ami_writer), on_event=control.on_event
    )
    control.attach(writer)
    tasks = [asyncio.create_task(reader.run()), asyncio.create_task(writer.run())]
    try:
        async with asyncio.timeout(40):
            await reader.connected.wait()
            await writer.connected.wait()
        async with AsyncExitStack() as stack:
            yield SteeredBed(bed, control, AmiConversations(control), stack, news)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def seconds_of_tone(path: Path, hertz: float) -> float:
    """Return for how long a tone sounds in a recording, in steps of 0.2 s; the phase of a looped tone jumps between."""
    rate, samples = read_samples(path)
    mono = samples.astype(np.float64).mean(axis=1) / 32768
    width = rate // 5
    windows = mono[: len(mono) // width * width].reshape(-1, width)
    turns = np.exp(-2j * np.pi * hertz * np.arange(width) / rate)
    strong = 2 * np.abs((windows * np.hanning(width) * 2 * turns).mean(axis=1)) > 0.02
    return float(strong.sum()) / 5
