"""From settings, secrets and town to what Asterisk's configuration is rendered from. Owns the mapping only."""

from __future__ import annotations

import sys
from pathlib import Path

from agi import last_resort
from asterisk_conf.installation import AsteriskInstallation
from asterisk_conf.models import (
    AsteriskInputs,
    Directories,
    Limits,
    Operator,
    Ports,
    QueueSettings,
    RadioGateway,
    Trunk,
)
from asterisk_conf.models import Secrets as AsteriskSecrets
from cases import town as towns
from centrala.errors import WrongUsage
from centrala.layout import Layout
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
    return AsteriskInputs(
        directories=Directories(
            home=layout.home,
            modules=installation.modules_dir,
            data=installation.data_dir,
            recordings=layout.recordings,
        ),
        secrets=AsteriskSecrets(keys.agi_token, keys.ami_reader, keys.ami_writer),
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
        queue=QueueSettings(name=town.queue),
        limits=Limits(calls=settings.sip.max_calls),
        languages=town.languages,
    )


def last_resort_command(layout: Layout) -> tuple[str, ...]:
    """Return what Asterisk starts itself: this Python and one file that needs nothing else of ours."""
    spool = str(layout.spool / "last_resort")
    return (str(Path(sys.executable)), str(Path(last_resort.__file__).resolve()), spool, str(layout.prompts))


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
