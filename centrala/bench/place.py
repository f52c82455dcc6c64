"""The benchmark's own installation: home folder, ports, settings, town, sounds. Owns what lies where, starts nothing.

Nothing of the machine's own settings reaches it: a run measures the defaults.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from centrala.bench.menu import ACCOUNT, CHOICES, LANGUAGE, Profile
from centrala.layout import Layout
from centrala.settings import (
    CHECKOUT,
    AgiSettings,
    AmiSettings,
    BusSettings,
    ConsoleSettings,
    DatabaseSettings,
    DispatchSettings,
    IdentitySettings,
    PublicSiteSettings,
    RecordingSettings,
    Settings,
    SipSettings,
    SpeechSettings,
    SupervisorSettings,
)

_TOWN: Final = Path(__file__).parent / "town"
_BYTES_PER_SECOND: Final = 8000
_RTP_PORTS: Final = "22000-41998"
MOST_CALLS: Final = 3000
OPERATORS: Final = 24


def free_ports(count: int) -> list[int]:
    """Return that many loopback ports that nobody has now, neither on TCP nor on UDP."""
    held: list[socket.socket] = []
    found: list[int] = []
    try:
        while len(found) < count:
            first = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            held += [first, second]
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    finally:
        for one in held:
            one.close()
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """A made-up installation under `home`. `engine_ports`: one for each engine that has a server of its own."""

    settings: Settings
    engine_ports: tuple[int, ...]

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.settings.home

    @property
    def logs(self) -> Path:
        """Where every process of the run writes."""
        return self.home / "log"

    def environment(self) -> dict[str, str]:
        """Return the environment of the product's own processes: these settings, none of the machine's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CENTRALA_")}
        chosen = self.settings
        return kept | {
            "CENTRALA_CONFIG": str(self.home / "centrala.toml"),
            "CENTRALA_HOME": str(chosen.home),
            "CENTRALA_MUNICIPALITY": str(chosen.municipality),
            "CENTRALA_SIP__BIND": chosen.sip.bind,
            "CENTRALA_SIP__WEBSOCKET_BIND": chosen.sip.websocket_bind,
            "CENTRALA_SIP__RTP_PORTS": chosen.sip.rtp_ports,
            "CENTRALA_AGI__BIND": chosen.agi.bind,
            "CENTRALA_AGI__SECOND_BIND": chosen.agi.second_bind,
            "CENTRALA_AMI__BIND": chosen.ami.bind,
            "CENTRALA_CONSOLE__BIND": chosen.console.bind,
            "CENTRALA_WATCH__SYNTHETIC_EVERY": "0",  # nobody's call but ours is measured
            "CENTRALA_WATCH__ALARM_CALLS": "false",
            "CENTRALA_LOG": "WARNING",
        }

    def accounts(self) -> list[tuple[str, str, str]]:
        """Return (role, user name, API token) of every account."""
        lines = (line.split() for line in Layout.of(self.settings).first_login.read_text().splitlines())
        return [(role, username, token) for role, username, _password, token in lines]

    def make_sounds(self, profile: Profile) -> None:
        """Write the sounds of a profile; engines take them up with the next call."""
        prompts = self.home / "prompts"
        for folder in (prompts / LANGUAGE, prompts / "digits"):
            folder.mkdir(parents=True, exist_ok=True)
        for prompt, seconds in zip((*CHOICES, ACCOUNT), profile.prompts, strict=True):
            _write(prompts / LANGUAGE / prompt, seconds)
        for digit in range(10):
            _write(prompts / LANGUAGE / f"digits.{digit}", profile.digit)
            _write(prompts / "digits" / str(digit), profile.digit)


def make_place(home: Path, engines: int) -> Place:
    """Lay out a home for `engines` servers. The town is the sample town with the menu of the benchmark."""
    town = home / "municipality"
    shutil.copytree(CHECKOUT / "municipality", town, ignore=shutil.ignore_patterns("flows"))
    shutil.copytree(_TOWN, town / "flows")
    _employ(town / "town.yaml", OPERATORS)
    sip, websocket, agi, second, ami, console, public, *own = (
        f"127.0.0.1:{port}" if index < 7 else str(port) for index, port in enumerate(free_ports(7 + engines))
    )
    settings = Settings.model_construct(
        home=home,
        municipality=town,
        sip=SipSettings(bind=sip, websocket_bind=websocket, rtp_ports=_RTP_PORTS, max_calls=MOST_CALLS),
        agi=AgiSettings(bind=agi, second_bind=second),
        ami=AmiSettings(bind=ami),
        console=ConsoleSettings(bind=console),
        public_site=PublicSiteSettings(bind=public),
        database=DatabaseSettings(),
        identity=IdentitySettings(),
        bus=BusSettings(),
        recordings=RecordingSettings(),
        dispatch=DispatchSettings(),
        supervisor=SupervisorSettings(),
        speech=SpeechSettings(),
    )
    return Place(settings, tuple(int(port) for port in own))


def _employ(file: Path, operators: int) -> None:
    """Give the town so many operators: the sample's last one again and again, under other extensions."""
    lines = file.read_text().splitlines()
    there = [number for number, line in enumerate(lines) if re.match(r"\s*- \{extension: \"\d+\"", line)]
    last = lines[there[-1]]
    more = [re.sub(r'"\d+"', f'"{2001 + number}"', last, count=1) for number in range(len(there), operators)]
    file.write_text("\n".join([*lines[: there[-1] + 1], *more, *lines[there[-1] + 1 :]]) + "\n")


def _write(stem: Path, seconds: float) -> None:
    """Write a square wave of 500 Hz, which nobody takes for silence, in both formats of the telephone."""
    samples = range(int(_BYTES_PER_SECOND * seconds))
    for suffix, (high, low) in {".ulaw": (0x10, 0x90), ".alaw": (0x15, 0x95)}.items():
        stem.with_suffix(f"{stem.suffix}{suffix}").write_bytes(
            bytes(high if (sample // 8) % 2 else low for sample in samples)
        )
