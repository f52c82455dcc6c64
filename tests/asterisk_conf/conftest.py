"""Inputs that stand for the sample town."""

from pathlib import Path

import pytest

from asterisk_conf.models import (
    AsteriskInputs,
    CitizenLine,
    Directories,
    Operator,
    OutsideLine,
    Ports,
    RadioGateway,
    Secrets,
    Trunk,
)
from asterisk_conf.queue_settings import CallbackSettings, QueueSettings


@pytest.fixture
def inputs() -> AsteriskInputs:
    """The sample town under /srv/centrala/var, with a provider's trunk beside the test trunk."""
    return AsteriskInputs(
        directories=Directories(
            home=Path("/srv/centrala/var"), modules=Path("/opt/asterisk/modules"), data=Path("/opt/asterisk/data")
        ),
        secrets=Secrets(agi_token="token-of-this-boot", ami_reader="reader-secret", ami_writer="writer-secret"),
        dids=("311", "+38137311311"),
        operators=(Operator("2001", "phone-secret-1"), Operator("2002", "phone-secret-2")),
        trunks=(
            Trunk("test", ("127.0.0.1",)),
            Trunk("telekom", ("192.0.2.10",), "sip:sip.example.net", "krusevac", "trunk-secret", True, True),
        ),
        radio_gateways=(RadioGateway("radio-1", "sip:dispatch@127.0.0.1:5080"),),
        citizen_line=CitizenLine("telekom", ("+3816XXXXXXX", "+38137XXXXXX")),
        skill_queues=(
            QueueSettings(
                "hungarian",
                weight=10,
                longest_wait=30,
                after_wait="operators",
                when_empty="operators",
                waiting_per_ready=2.5,
                when_crowded="2002",
            ),
        ),
        callback=CallbackSettings("telekom", ("+3816", "+38137"), "37311311"),
        outside_lines=(
            OutsideLine("organisation-vodovod", "PJSIP/+381375550101@telekom"),
            OutsideLine("duty-1", "PJSIP/2002"),
        ),
        last_resort=("/srv/centrala/python", "/srv/centrala/agi/last_resort.py"),
        ports=Ports(websocket=8088),
    )
