"""Settings: `centrala.toml`, then environment `CENTRALA_SECTION__KEY`, then command line. Owns names and defaults.

Every default is loopback until an administrator opens it. A test fails when a setting is not in `docs/settings.md`.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

CHECKOUT = Path(__file__).resolve().parent.parent


def _host_port(value: str) -> str:
    host, separator, port = value.rpartition(":")
    if not separator or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("write it as HOST:PORT, for example 127.0.0.1:8080")
    return value


def _port_range(value: str) -> str:
    low, separator, high = value.partition("-")
    if not separator or not low.isdigit() or not high.isdigit() or not 1024 <= int(low) < int(high) <= 65535:
        raise ValueError("write it as LOW-HIGH, for example 10000-19999")
    return value


def _host_port_or_empty(value: str) -> str:
    return _host_port(value) if value else value


HostPort = Annotated[str, AfterValidator(_host_port)]
PortRange = Annotated[str, AfterValidator(_port_range)]


def split_host_port(value: str) -> tuple[str, int]:
    """Return (host, port) of a validated `HOST:PORT`."""
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port)


def shown_address(bind: str) -> str:
    """Return `bind` as others may write it: a name of this machine where it listens on every address."""
    host, port = split_host_port(bind)
    return f"{socket.gethostname()}:{port}" if host in ("0.0.0.0", "::") else bind


class Section(BaseModel):
    """A frozen section: unknown keys are errors, so a typing mistake is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SipSettings(Section):
    """SIP and media."""

    bind: HostPort = "127.0.0.1:5060"
    websocket_bind: HostPort = "127.0.0.1:8088"
    websocket_url: str = Field(
        "",
        pattern=r"^(wss?://[0-9A-Za-z.\[\]:-]+(/[0-9A-Za-z._~/-]*)?)?$",
        description="address at which browsers reach it; empty: wss://ORIGIN/ws, or this port",
    )
    rtp_ports: PortRange = "10000-19999"
    external_address: str = Field("", description="public address when the server is behind NAT")
    max_calls: int = Field(500, ge=1, description="further calls get a quick 503")
    give_back: int = Field(
        20, ge=5, le=120, description="seconds a caller waits for an operator whose phone died in mid-call"
    )


class AgiSettings(Section):
    """The two FastAGI servers; `second_bind` takes over a call whose first server died."""

    bind: HostPort = "127.0.0.1:4573"
    second_bind: HostPort = "127.0.0.1:4574"
    backlog: int = Field(1024, ge=128)


class AmiSettings(Section):
    """Asterisk's manager interface; never off loopback. `reach`: where our processes find it (a tunnel's end)."""

    bind: HostPort = "127.0.0.1:5038"
    reach: Annotated[str, AfterValidator(_host_port_or_empty)] = Field("", description="empty: at `bind`")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that our own processes connect to."""
        return split_host_port(self.reach or self.bind)


class ConsoleSettings(Section):
    """The operators' console and API. `origin` is the address in the browser when a proxy stands before it."""

    bind: HostPort = "127.0.0.1:8080"
    origin: str = ""
    snoop: Literal["announced", "silent"] = "announced"
    """Whether operator and caller hear a tone when a supervisor begins to listen."""


class AccountSettings(Section):
    """Accounts of staff: how long they stay signed in, and whether some need more than a password."""

    second_factor: Literal["auto", "required", "optional"] = Field(
        "auto", description="auto: required once the console can be reached from another machine"
    )
    session_hours: float = Field(12.0, ge=1, le=24)
    idle_minutes: float = Field(30.0, ge=5, le=720, description="without an open page")
    token_days: int = Field(365, ge=0, description="0: an API token has no end of its own")
    creates_per_minute: int = Field(300, ge=10, description="requests per account that dial, send or create")
    costly_per_minute: int = Field(600, ge=10, description="requests per account for reports and recordings")


class PublicSiteSettings(Section):
    """The public site."""

    bind: HostPort = "127.0.0.1:8081"


class DatabaseSettings(Section):
    """SQL: SQLite by default, PostgreSQL by URL. Empty: SQLite under the home folder."""

    url: str = ""


class IdentitySettings(Section):
    """The identity store: a database of its own. Empty: SQLite under the home folder."""

    url: str = ""


class BusSettings(Section):
    """Event bus: empty is in-process, `redis://…` is Redis streams."""

    url: str = ""


class RecordingSettings(Section):
    """Recordings. Empty directory: under the home folder. Below `low_disk_percent` free space an alarm is raised.

    `keep_…_days`: a recording of this kind is deleted so many days after it began, unless a legal hold keeps it.
    """

    directory: str = ""
    low_disk_percent: int = Field(15, ge=1, le=90)
    keep_calls_days: int = Field(180, ge=1, le=36_500)
    keep_messages_days: int = Field(365, ge=1, le=36_500)
    keep_orders_days: int = Field(365, ge=1, le=36_500)
    keep_notices_days: int = Field(365, ge=1, le=36_500)
    operators_hear_own: bool = Field(False, description="may operators hear the calls that they answered")

    @property
    def retention(self) -> dict[str, int]:
        """Days by the kind of recording."""
        return {
            "call": self.keep_calls_days,
            "message": self.keep_messages_days,
            "order": self.keep_orders_days,
            "notice": self.keep_notices_days,
        }


class ReportSettings(Section):
    """Targets and limits of the figures in reports; shares are 0-1."""

    target_seconds: float = Field(20.0, ge=1, le=600, description="service level: answered within so many seconds")
    target_share: float = Field(0.8, gt=0, lt=1, description="service level: so many of the callers")
    short_seconds: float = Field(5.0, ge=0, le=60, description="who gives up sooner is counted apart")
    resolution_days: int = Field(7, ge=1, le=60, description="window of first-call resolution")
    smallest_cell: int = Field(5, ge=1, le=100, description="bodies with fewer cases are shown together")
    shrinkage: float = Field(0.3, ge=0, lt=0.9, description="share of paid time away from the telephone")
    most_occupancy: float = Field(0.85, gt=0, le=1, description="operators are never planned busier than this")
    history_weeks: int = Field(6, ge=1, le=52, description="weeks that a staffing suggestion looks back")


class DispatchSettings(Section):
    """Orders to the field. `bind` is the SIP address of the dispatch endpoint; port 0 takes a free one."""

    bind: str = "127.0.0.1:0"
    answer_timeout: float = Field(12.0, ge=1, le=120, description="seconds a radio gateway may take to answer")
    key_timeout: float = Field(8.0, ge=1, le=60, description="seconds a crew may take to press a key")


class WatchSettings(Section):
    """What is watched, and when people are rung. Times in seconds."""

    synthetic_every: float = Field(60.0, ge=0, description="seconds between test calls; 0: none are made")
    sound_every: float = Field(3600.0, ge=0, description="seconds between recorded test calls; 0: none are made")
    alarm_calls: bool = Field(True, description="ring the duty telephones about critical alarms")
    no_operators_after: float = Field(120.0, ge=0, description="seconds of opening hours without an operator")
    quiet_after_taken: float = Field(3600.0, ge=60, description="seconds of peace for whoever took an alarm")


class SupervisorSettings(Section):
    """Process supervision."""

    freeze_limit: float = Field(
        2.0, ge=0.5, le=30, description="seconds without a heartbeat before a process is killed"
    )


class SpeechSettings(Section):
    """Recognition; empty: off."""

    vosk_model: str = ""
    vosk_languages: str = Field("sr", description="what the model understands, languages apart by commas")


class Settings(BaseSettings):
    """All settings, validated, frozen."""

    model_config = SettingsConfigDict(
        env_prefix="CENTRALA_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    home: Path = CHECKOUT / "var"
    municipality: Path = CHECKOUT / "municipality"
    sip: SipSettings = SipSettings()
    agi: AgiSettings = AgiSettings()
    ami: AmiSettings = AmiSettings()
    console: ConsoleSettings = ConsoleSettings()
    accounts: AccountSettings = AccountSettings()
    public_site: PublicSiteSettings = PublicSiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    identity: IdentitySettings = IdentitySettings()
    bus: BusSettings = BusSettings()
    recordings: RecordingSettings = RecordingSettings()
    reports: ReportSettings = ReportSettings()
    dispatch: DispatchSettings = DispatchSettings()
    watch: WatchSettings = WatchSettings()
    supervisor: SupervisorSettings = SupervisorSettings()
    speech: SpeechSettings = SpeechSettings()

    @property
    def database_url(self) -> str:
        """The main database's URL with its default filled in."""
        return self.database.url or f"sqlite:///{self.home / 'centrala.db'}"

    @property
    def identity_url(self) -> str:
        """The identity store's URL with its default filled in."""
        return self.identity.url or f"sqlite:///{self.home / 'identity.db'}"

    @property
    def recordings_directory(self) -> Path:
        """The recordings folder with its default filled in."""
        return Path(self.recordings.directory) if self.recordings.directory else self.home / "recordings"

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=_settings_file()))


def _settings_file() -> Path:
    return Path(os.environ.get("CENTRALA_CONFIG", CHECKOUT / "centrala.toml"))


class SettingsError(Exception):
    """Settings are wrong; the text says what, where and how to mend it."""


def load_settings(**overrides: object) -> Settings:
    """Read settings. `overrides` are command-line values, section by section. Raises SettingsError."""
    # CENTRALA_CONFIG names the file itself, so it is no setting.
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates what mypy cannot see
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise SettingsError(
            f"{problems} (in {_settings_file()} or the environment; `centrala config show` lists every setting)"
        ) from error
    except ValueError as error:
        raise SettingsError(f"{_settings_file()}: {error}") from error
