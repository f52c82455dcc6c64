"""From settings, secrets and town to what Asterisk's configuration is rendered from. Owns the mapping only."""

from __future__ import annotations

import sys
from pathlib import Path

from agi import last_resort
from asterisk_conf.installation import AsteriskInstallation
from asterisk_conf.models import (
    AsteriskInputs,
    CitizenLine,
    Directories,
    Limits,
    Operator,
    Ports,
    RadioGateway,
    Trunk,
)
from asterisk_conf.models import Secrets as AsteriskSecrets
from asterisk_conf.queue_settings import MESSAGE, CallbackSettings, QueueSettings
from cases import town as towns
from cases.callbacks import Callback
from cases.queues import TownQueue
from centrala.errors import WrongUsage
from centrala.layout import Layout
from centrala.outside_lines import outside_lines
from centrala.secrets_file import Secrets, sip_password
from centrala.settings import Settings, split_host_port


def asterisk_inputs(
    settings: Settings, keys: Secrets, town: towns.Town, installation: AsteriskInstallation
) -> AsteriskInputs:
    """Return the inputs. Raises WrongUsage when a trunk's password file is missing."""
    layout = Layout.of(settings)
    sip_host, sip_port = split_host_port(settings.sip.bind)
    agi_host, agi_first = split_host_port(settings.agi.bind)
    ami_host, ami_port = split_host_port(settings.ami.bind)
    web_host, web_port = split_host_port(settings.sip.websocket_bind)
    first, last = (int(part) for part in settings.sip.rtp_ports.split("-"))
    queues = [_queue(one) for one in town.all_queues]
    return AsteriskInputs(
        directories=Directories(
            home=layout.home,
            modules=installation.modules_dir,
            data=installation.data_dir,
            recordings=layout.recordings,
        ),
        secrets=AsteriskSecrets(keys.agi_token, keys.ami_reader, keys.ami_writer, keys.ami_phones),
        dids=town.dids,
        operators=tuple(
            Operator(one.extension, sip_password(keys.sip_password_seed, one.extension)) for one in town.operators
        ),
        trunks=tuple(_trunk(one, layout) for one in town.trunks),
        last_resort=last_resort_command(layout),
        ports=Ports(
            sip_host=sip_host,
            sip=sip_port,
            agi_host=agi_host,
            agi_first=agi_first,
            agi_second=split_host_port(settings.agi.second_bind)[1],
            ami_host=ami_host,
            ami=ami_port,
            rtp_first=first,
            rtp_last=last,
            websocket_host=web_host,
            websocket=web_port,
            external_address=settings.sip.external_address,
        ),
        radio_gateways=tuple(RadioGateway(one.id, one.uri) for one in town.radio_gateways),
        outside_lines=outside_lines(town),
        citizen_line=(
            CitizenLine(town.citizen_calls.trunk, town.citizen_calls.allow) if town.citizen_calls is not None else None
        ),
        queue=queues[0],
        skill_queues=tuple(queues[1:]),
        callback=None if town.callback is None else _callback(town.callback),
        own_operator_ring=town.own_operator.ring_s,
        give_back=settings.sip.give_back,
        limits=Limits(calls=settings.sip.max_calls),
        languages=town.languages,
    )


def last_resort_command(layout: Layout) -> tuple[str, ...]:
    """Return what Asterisk starts itself: this Python and one file that needs nothing else of ours."""
    spool = str(layout.spool / "last_resort")
    return (str(Path(sys.executable)), str(Path(last_resort.__file__).resolve()), spool, str(layout.prompts))


def _queue(queue: TownQueue) -> QueueSettings:
    overflow = queue.overflow
    return QueueSettings(
        name=queue.name,
        strategy=queue.strategy,
        ring=queue.ring_s,
        weight=queue.weight,
        longest_wait=overflow.wait.after_s,
        after_wait=overflow.wait.to,
        when_empty=overflow.empty.to,
        waiting_per_ready=0 if overflow.crowded is None else overflow.crowded.waiting_per_ready,
        when_crowded=MESSAGE if overflow.crowded is None else overflow.crowded.to,
    )


def _callback(rules: Callback) -> CallbackSettings:
    return CallbackSettings(trunk=rules.trunk, numbers=rules.numbers, shown=rules.shown, ring=rules.ring_s)


def _trunk(trunk: towns.Trunk, layout: Layout) -> Trunk:
    secret = None
    if trunk.secret_file is not None:
        path = layout.home / trunk.secret_file
        try:
            secret = path.read_text().strip()
        except OSError as error:
            raise WrongUsage(f"trunk {trunk.name}: {path}: {error.strerror}; put the line's password there") from error
    return Trunk(
        name=trunk.name,
        match=trunk.match,
        server=trunk.server,
        username=trunk.username,
        secret=secret,
        register=trunk.register_line,
        trust_identity=trunk.trust_identity,
    )
