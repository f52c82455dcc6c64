"""Checks of the telephone side: Asterisk, AMI, CEL, the radio's SIP library, prompts, the town's folder."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ami.client import AmiAccount, AmiClient, AmiError
from asterisk_conf.installation import find_asterisk, refused_asterisk
from centrala.doctor.finding import Finding, failed, ok, warning
from centrala.municipality_check import check
from centrala.settings import Settings, split_host_port


def check_asterisk(home: Path) -> Finding:
    """Is there an Asterisk that may be started?"""
    found = find_asterisk(home)
    refused = refused_asterisk(home)
    if found is not None:
        return ok("Asterisk", found.label)
    if refused is not None:
        return failed("Asterisk", refused, "update that package, or remove it and let ./run make a private copy")
    return failed("Asterisk", "none on PATH and no private copy", "start ./run once with network to make one")


def check_cel_folder(cel_file: Path) -> Finding:
    """Without its folder Asterisk drops every event and only logs a line."""
    if cel_file.parent.is_dir():
        return ok("call event log", str(cel_file))
    return warning("call event log", f"{cel_file.parent} is missing", "the next start makes it; do not remove it")


async def check_ami(settings: Settings, secret: str) -> Finding:
    """Log in as the reader."""
    host, port = split_host_port(settings.ami.bind)
    client = AmiClient(AmiAccount(host, port, "centrala-reader", secret))
    try:
        await client.try_login()
    except (AmiError, OSError) as error:
        return failed("AMI", f"{settings.ami.bind}: {error}", "see var/log/asterisk.log, then restart")
    return ok("AMI", f"{settings.ami.bind} answers")


def check_pjsua2() -> Finding:
    """Without its wheel radio orders go through the PBX."""
    if importlib.util.find_spec("pjsua2") is None:
        return warning(
            "radio", "no pjsua2 for this Python: orders go to the gateway through the PBX", "use Python 3.11 or 3.12"
        )
    return ok("radio", "pjsua2 is there: orders go out even when the PBX is down")


def check_town(municipality: Path, prompts: Path | None) -> list[Finding]:
    """The town's folder, with file, line and mend; and every prompt in every language."""
    problems = check(municipality, prompts)
    if not problems:
        return [ok("town", f"{municipality} is in order; every prompt in every language is there")]
    return [failed("town", f"{problem.file}:{problem.line}: {problem.what}", problem.mend) for problem in problems]
