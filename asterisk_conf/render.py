"""Typed inputs → text of every configuration file. Pure: reads only our own templates, writes nothing.

A value that could end a line, begin a comment or open an expression is refused here once more, whatever models let by.
"""

from __future__ import annotations

import re
from importlib.resources import files

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from typing_extensions import override

from asterisk_conf.models import AsteriskInputs, ConfigurationInputError
from calls.channel_variables import HEAD_PRIORITY, USER_EVENT_CALL, USER_EVENT_FALLBACK, OperatorLost
from calls.phones import BROWSER_PHONES

CONFIGURATION_FILES = (
    "acl.conf",
    "asterisk.conf",
    "ccss.conf",
    "cdr.conf",
    "cel.conf",
    "cel_custom.conf",
    "features.conf",
    "http.conf",
    "indications.conf",
    "logger.conf",
    "manager.conf",
    "modules.conf",
    "musiconhold.conf",
    "pjsip.conf",
    "pjproject.conf",
    "queuerules.conf",
    "queues.conf",
    "rtp.conf",
    "sorcery.conf",
    "stasis.conf",
    "udptl.conf",
)
DIALPLAN_FILES = (
    *("inbound", "recorder", "after_ivr", "queues", "callback", "fallback", "operator_lost", "operators"),
    *("order_call", "alarm_call", "to_citizen", "synthetic", "call_control"),
)
"""Files under dialplans/, in the order in which extensions.conf includes them."""

AMI_EVENTS = (
    "AgentCalled",
    "AgentConnect",
    "AgentRingNoAnswer",
    "AttendedTransfer",
    "BlindTransfer",
    "ContactStatus",
    "FullyBooted",
    "Hold",
    "QueueCallerAbandon",
    "QueueCallerJoin",
    "Unhold",
    "UserEvent",
)
"""What the AMI reader may hear. A call costs three of them and two that manager.conf.j2 adds (an operator's phone came
and left); each further one is paid for by every call.

ContactStatus comes when a phone comes or goes; holds, transfers and our own user events only where they happen.
"""

_UNSAFE = re.compile(r"[\x00-\x1f;\x7f]|\$[{\[]")


class _PackageTemplates(BaseLoader):
    """Finds templates in the two packages that hold them, installed or not."""

    @override
    def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
        folder = files("dialplans") if template.startswith("dialplans/") else files("asterisk_conf") / "templates"
        source = folder / (template.removeprefix("dialplans/") + ".j2")
        if not source.is_file():
            raise TemplateNotFound(template)
        return source.read_text(encoding="utf-8"), None, None


def _conf(value: object) -> str:
    """Return a value as it may stand in a configuration file. Raises ConfigurationInputError."""
    text = str(value)
    if _UNSAFE.search(text):
        raise ConfigurationInputError(
            f"{text[:60]!r} cannot stand in Asterisk's configuration: line end, ; or expression"
        )
    return text


def _after_scheme(uri: str) -> str:
    """Return host and port of `sip:host:port`."""
    return uri.partition(":")[2] or uri


def _environment() -> Environment:
    environment = Environment(
        loader=_PackageTemplates(),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - not HTML; the `conf` filter guards every value
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["conf"] = _conf
    environment.filters["after_scheme"] = _after_scheme
    return environment


def render(inputs: AsteriskInputs) -> dict[str, str]:
    """Return file name → text for `etc/`. Raises ConfigurationInputError for a value that must not be written."""
    dialplan_files = [f"dialplan-{name}.conf" for name in DIALPLAN_FILES]
    ports = inputs.ports
    values = {
        "c": inputs,
        "d": inputs.directories,
        "ami_events": AMI_EVENTS,
        "dids_regex": "|".join(did.replace("+", "[+]") for did in inputs.dids),
        "dialplan_files": dialplan_files,
        "endpoints": inputs.phone_endpoints,
        "call_event": USER_EVENT_CALL,
        "fallback_event": USER_EVENT_FALLBACK,
        "head_priority": HEAD_PRIORITY,
        "browser_phones": BROWSER_PHONES,
        "lost": OperatorLost,
        "first": f"agi://{ports.agi_host}:{ports.agi_first}",
        "second": f"agi://{ports.agi_host}:{ports.agi_second}",
    }
    environment = _environment()
    rendered = {name: environment.get_template(name).render(values) for name in CONFIGURATION_FILES}
    rendered["extensions.conf"] = environment.get_template("dialplans/extensions.conf").render(values)
    for name, target in zip(DIALPLAN_FILES, dialplan_files, strict=True):
        rendered[target] = environment.get_template(f"dialplans/{name}.conf").render(values)
    return rendered
