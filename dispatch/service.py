"""The process `dispatch`: a SIP endpoint and the worker of orders, joined. Owns their start and end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from calls.ports import CallControl, Clock, EventBus, OrderScripts, RadioEndpoint, RadioError, SentenceSpeaker
from cases.ladder import Ladder
from dispatch.ack_spool import AckSpool
from dispatch.order_records import OrderRecords
from dispatch.orders import OrderWorker, Pace
from dispatch.radio_path import RadioPath
from dispatch.sip_endpoint import SipEndpoint
from dispatch.sip_types import EndpointSettings
from dispatch.telephone_path import TelephoneAnswers, TelephonePath
from storage.database import Database

_log = logging.getLogger(__name__)
_STUCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class DispatchDependencies:
    """All that dispatch needs of others. Folders: `recordings`, and `answers` for answers not yet in the database."""

    database: Database
    calls: CallControl
    speaker: SentenceSpeaker
    bus: EventBus
    clock: Clock
    scripts: OrderScripts
    telephone_answers: TelephoneAnswers
    ladder_of: Callable[[str, str], Ladder]
    """(organisation, crew) → targets: radio = SIP URI, phones = dial strings of the PBX. Raises LookupError."""
    recordings: Path
    answers: Path
    endpoint: EndpointSettings = field(default_factory=EndpointSettings)
    caller_id: str = "Centrala"
    answer_timeout: float = 12.0
    key_timeout: float = 8.0
    pace: Pace = field(default_factory=Pace)


async def run_dispatch(needs: DispatchDependencies) -> None:
    """Send orders until cancelled. Without a SIP stack the telephone is left, and the log says so."""
    endpoint = SipEndpoint(needs.endpoint)
    try:
        await endpoint.start()
    except RadioError as error:
        _log.error("orders go out by telephone only: %s", error)
        await order_worker(needs, None).run()
        return
    try:
        _log.info("dispatch speaks SIP from %s:%d", needs.endpoint.bind_host, endpoint.port)
        async with asyncio.TaskGroup() as group:
            group.create_task(_watch(endpoint))
            group.create_task(order_worker(needs, endpoint).run())
    finally:
        await endpoint.close()


class StackStuck(Exception):
    """The native SIP library does not come back; only a new process helps, and the supervisor starts one."""


async def _watch(endpoint: SipEndpoint) -> None:
    """End this process when the SIP thread is stuck: the event loop's heartbeat cannot see that."""
    while endpoint.silent_for < _STUCK_SECONDS:  # noqa: ASYNC110 - there is no event for what does not happen
        await asyncio.sleep(1)
    raise StackStuck(f"the SIP thread has been silent for {endpoint.silent_for:.0f} s")


def order_worker(needs: DispatchDependencies, radio: RadioEndpoint | None) -> OrderWorker:
    """Join the parts; `radio` is any endpoint (tests bring their own)."""
    records = OrderRecords(needs.database, needs.bus, needs.clock, needs.recordings, AckSpool(needs.answers))
    by_radio = None if radio is None else RadioPath(radio, needs.speaker, needs.answer_timeout, needs.key_timeout)
    telephone = TelephonePath(
        needs.calls, needs.speaker, needs.telephone_answers, needs.scripts, caller_id=needs.caller_id
    )
    return OrderWorker(records, by_radio, telephone, needs.ladder_of, needs.pace)
