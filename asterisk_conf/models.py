"""What Asterisk's configuration is made from: typed, frozen, checked inputs.

Owns the shapes and their sanity. Must not know settings files, template names or how Asterisk is started.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from asterisk_conf.input_checks import ConfigurationInputError as ConfigurationInputError
from asterisk_conf.input_checks import refuse_unless as _refuse_unless
from asterisk_conf.queue_settings import MESSAGE, CallbackSettings, QueueSettings
from calls.phones import PhoneKind, endpoint_of

_EXTENSION = re.compile(r"^[0-9]{2,6}$")
_DID = re.compile(r"^\+?[0-9]{2,15}$")
_WORD = re.compile(r"^[a-z][a-z0-9-]{0,30}$")
_SECRET = re.compile(r"^[\x21-\x3a\x3c-\x7e]{8,128}$")
_LANGUAGE = re.compile(r"^[a-z]{2}$")
_ORDINARY_TEXT = re.compile(r"^[^\x00-\x1f;,|\[\]${}()\"'&\\]*$")
CONTROL_SOCKET_LIMIT = 107
"""Bytes that the kernel allows in the path of a UNIX socket, without the closing zero."""


@dataclass(frozen=True, slots=True)
class Directories:
    """Where Asterisk reads and writes. Every path is absolute."""

    home: Path
    """`var/`: everything else lies below it unless given."""
    modules: Path
    data: Path
    """The installation's own data (documentation, static-http); our sounds are elsewhere."""
    run: Path | None = None
    """Folder of the control socket: short, because of the kernel's limit."""
    recordings: Path | None = None
    """Where recordings go when they have a disk of their own."""

    def __post_init__(self) -> None:
        for path in (self.home, self.modules, self.data, self.run_folder, self.incoming_recordings):
            text = str(path)
            _refuse_unless(
                path.is_absolute() and _ORDINARY_TEXT.fullmatch(text) is not None,
                f"folder {text!r} cannot stand in Asterisk's configuration: use an absolute path without ; , $ quotes",
            )
        socket = str(self.run_folder / "asterisk.ctl").encode()
        _refuse_unless(
            len(socket) <= CONTROL_SOCKET_LIMIT,
            f"path of Asterisk's control socket has {len(socket)} bytes, at most {CONTROL_SOCKET_LIMIT} are allowed: "
            "set CENTRALA_HOME to a shorter path",
        )

    @property
    def run_folder(self) -> Path:
        """Folder of the control socket and the process id."""
        return self.run or self.home / "asterisk" / "run"

    @property
    def etc(self) -> Path:
        """Folder of the rendered configuration."""
        return self.home / "asterisk" / "etc"

    @property
    def log(self) -> Path:
        """Folder of logs; CEL goes to `cel-custom/Master.csv` below it."""
        return self.home / "asterisk" / "log"

    @property
    def cel_file(self) -> Path:
        """The CEL log that the product reads."""
        return self.log / "cel-custom" / "Master.csv"

    @property
    def datadir(self) -> Path:
        """Our own data folder: `sounds` below it is a link to the prompts."""
        return self.home / "asterisk" / "lib"

    @property
    def prompts(self) -> Path:
        """Prompts by language."""
        return self.home / "prompts"

    @property
    def hold_music(self) -> Path:
        """The quiet tone for callers who wait."""
        return self.home / "asterisk" / "hold"

    @property
    def incoming_recordings(self) -> Path:
        """Where a call's recording grows; linked and moved when the call is over."""
        return (self.recordings or self.home / "recordings") / "calls" / "incoming"

    @property
    def dialplan_spool(self) -> Path:
        """Messages that the dialplan took when no program answered."""
        return self.home / "spool" / "dialplan"


@dataclass(frozen=True, slots=True)
class Ports:
    """Addresses and ports. Loopback until an administrator opens them."""

    sip_host: str = "127.0.0.1"
    sip: int = 5060
    agi_host: str = "127.0.0.1"
    agi_first: int = 4573
    agi_second: int = 4574
    ami_host: str = "127.0.0.1"
    ami: int = 5038
    rtp_first: int = 10000
    rtp_last: int = 19999
    websocket_host: str = "127.0.0.1"
    websocket: int | None = None
    """Port of SIP over WebSocket; None: Asterisk's HTTP server stays off."""
    external_address: str = ""
    """What machines outside the local network call us, when the server stands behind NAT."""

    def __post_init__(self) -> None:
        _refuse_unless(
            re.fullmatch(r"[0-9A-Za-z.:-]*", self.external_address) is not None,
            f"external address {self.external_address!r} is neither an IP address nor a host name",
        )
        for name in ("sip_host", "agi_host", "ami_host", "websocket_host"):
            _refuse_unless(
                re.fullmatch(r"[0-9A-Fa-f.:]+", getattr(self, name)) is not None,
                f"{name} {getattr(self, name)!r} is not an IP address",
            )
        numbers = [self.sip, self.agi_first, self.agi_second, self.ami, self.rtp_first, self.rtp_last]
        for port in [*numbers, self.websocket or 1]:
            _refuse_unless(0 < port < 65536, f"port {port} is not between 1 and 65535")
        _refuse_unless(self.rtp_last - self.rtp_first >= 3, "rtp ports: the range must hold at least four ports")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secrets of this boot and of the two AMI users: printable ASCII without `;`, at least 8 characters."""

    agi_token: str = field(repr=False)
    ami_reader: str = field(repr=False)
    ami_writer: str = field(repr=False)
    ami_phones: str = field(default="", repr=False)
    """Of the user that keeps browsers' logins; empty: there is no such user."""

    def __post_init__(self) -> None:
        for name in ("agi_token", "ami_reader", "ami_writer", *(["ami_phones"] if self.ami_phones else [])):
            _refuse_unless(
                _SECRET.fullmatch(getattr(self, name)) is not None, f"secret {name}: 8 to 128 characters, no ;"
            )
        _refuse_unless(
            re.fullmatch(r"[0-9A-Za-z_-]+", self.agi_token) is not None,
            "secret agi_token stands in the dialplan: use letters, digits, - and _ only",
        )


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator's phone: SIP user name = extension."""

    extension: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        _refuse_unless(_EXTENSION.fullmatch(self.extension) is not None, f"extension {self.extension!r}: 2 to 6 digits")
        _refuse_unless(
            _SECRET.fullmatch(self.secret) is not None, f"SIP secret of {self.extension}: 8 to 128 characters, no ;"
        )


@dataclass(frozen=True, slots=True)
class Trunk:
    """A line to the telephone network. Known by its addresses; `server` is where outgoing calls go."""

    name: str
    match: tuple[str, ...]
    server: str | None = None
    username: str | None = None
    secret: str | None = field(default=None, repr=False)
    register: bool = False
    trust_identity: bool = False
    """Take the caller's number from P-Asserted-Identity: only from a provider who has checked it."""

    def __post_init__(self) -> None:
        _refuse_unless(_WORD.fullmatch(self.name) is not None, f"trunk name {self.name!r}: small letters, digits, -")
        for address in self.match:
            _refuse_unless(
                re.fullmatch(r"[0-9A-Za-z.:/-]+", address) is not None, f"trunk {self.name}: address {address!r}"
            )
        inside = [address.startswith("127.") for address in self.match]
        _refuse_unless(
            all(inside) or not any(inside),
            f"trunk {self.name}: this machine's address beside another's; write two trunks",
        )
        for what in (self.server, self.username):
            _refuse_unless(
                what is None or re.fullmatch(r"[\x21-\x3a\x3c-\x7e]+", what) is not None,
                f"trunk {self.name}: {what!r} has characters that cannot stand in a configuration file",
            )
        _refuse_unless(
            self.secret is None or _SECRET.fullmatch(self.secret) is not None,
            f"trunk {self.name}: secret: no ; or spaces",
        )
        _refuse_unless(
            not self.register or (self.server is not None and self.username is not None and self.secret is not None),
            f"trunk {self.name}: to register it needs server, username and secret",
        )

    @property
    def server_host(self) -> str:
        """The server's host alone, without scheme, user and port; empty without a server."""
        address = (self.server or "").partition(":")[2].rpartition("@")[2]
        return re.sub(r":[0-9]+$", "", address)

    @property
    def is_loopback(self) -> bool:
        """True when this machine itself calls in on it: operators' phones may then have the same address."""
        return any(address.startswith("127.") for address in self.match)


@dataclass(frozen=True, slots=True)
class CitizenLine:
    """The line on which citizens are called back, and the only patterns of numbers that may be dialled."""

    trunk: str
    allow: tuple[str, ...]

    def __post_init__(self) -> None:
        for pattern in self.allow:
            _refuse_unless(
                re.fullmatch(r"\+[1-9][0-9XZN]{5,14}", pattern) is not None,
                f"pattern {pattern!r} of numbers to call: + and digits, X, Z, N; no open end",
            )


@dataclass(frozen=True, slots=True)
class RadioGateway:
    """A SIP gateway to the radio network, for orders that go through the PBX."""

    name: str
    uri: str

    def __post_init__(self) -> None:
        _refuse_unless(
            _WORD.fullmatch(self.name) is not None, f"radio gateway name {self.name!r}: small letters, digits, -"
        )
        _refuse_unless(
            re.fullmatch(r"sips?:[0-9A-Za-z.:@_-]+", self.uri) is not None,
            f"radio gateway {self.name}: URI {self.uri!r}",
        )


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """A telephone to which an operator may put a caller through. `name`: `duty-1`, `organisation-vodovod`."""

    name: str
    dial: str

    def __post_init__(self) -> None:
        _refuse_unless(
            re.fullmatch(r"(?:duty|organisation)-[a-z0-9_-]{1,64}", self.name) is not None,
            f"telephone {self.name!r}: duty- or organisation- and small letters, digits, - or _",
        )
        _refuse_unless(
            re.fullmatch(r"PJSIP/\+?[0-9]{2,15}(?:@[a-z][a-z0-9-]{0,30})?", self.dial) is not None,
            f"telephone {self.name}: {self.dial!r} is not a telephone number on a line of ours",
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Past these Asterisk refuses a call at once instead of serving every call badly."""

    calls: int = 400
    load: float = 0.0
    """One-minute load average; 0 = not looked at."""
    free_memory_mb: int = 64
    files: int = 20000


@dataclass(frozen=True, slots=True)
class AsteriskInputs:
    """Everything that `render` needs."""

    directories: Directories
    secrets: Secrets
    dids: tuple[str, ...]
    operators: tuple[Operator, ...]
    trunks: tuple[Trunk, ...]
    last_resort: tuple[str, ...]
    """Program and arguments that Asterisk starts itself when no FastAGI server answers."""
    ports: Ports = field(default_factory=Ports)
    radio_gateways: tuple[RadioGateway, ...] = ()
    outside_lines: tuple[OutsideLine, ...] = ()
    """The only telephones beyond the operators' own that a call can be put through to."""
    transfer_ring: int = 20
    """Seconds for which an operator's telephone rings for a transfer before the caller returns."""
    outside_ring: int = 30
    citizen_line: CitizenLine | None = None
    queue: QueueSettings = field(default_factory=QueueSettings)
    """The general queue: it serves everybody, and callers come to it when the menu is dead."""
    skill_queues: tuple[QueueSettings, ...] = ()
    callback: CallbackSettings | None = None
    own_operator_ring: int = 12
    """Seconds for which a citizen's own operator is tried before the queue."""
    limits: Limits = field(default_factory=Limits)
    languages: tuple[str, ...] = ("sr", "en", "hu", "sk", "ro")
    menu_deadline: int = 3
    """Seconds a silent FastAGI server has before the dialplan takes the call back; the server renews it."""
    give_back: int = 20
    """Seconds a caller waits for an operator whose phone died, before the head of the queue."""
    browser_silence: int = 5
    """Seconds without any audio packet after which a phone in the browser counts as dead."""

    @property
    def queues(self) -> tuple[QueueSettings, ...]:
        """Return every queue, the general one first."""
        return (self.queue, *self.skill_queues)

    @property
    def overflow_phones(self) -> tuple[str, ...]:
        """Return the phones that a queue sends callers on to."""
        found = {target for queue in self.queues for target in queue.targets if target.isdigit()}
        return tuple(sorted(found))

    @property
    def has_provider(self) -> bool:
        """Say whether a trunk comes from another machine."""
        return any(not trunk.is_loopback for trunk in self.trunks)

    @property
    def phone_endpoints(self) -> tuple[str, ...]:
        """Names of every operator's phones, those in a browser included where there is a WebSocket."""
        kinds = (PhoneKind.SIP,) if self.ports.websocket is None else (PhoneKind.SIP, PhoneKind.BROWSER)
        return tuple(endpoint_of(operator.extension, kind) for operator in self.operators for kind in kinds)

    def __post_init__(self) -> None:
        _refuse_unless(bool(self.dids), "no DID given: town.yaml must name at least one number")
        for did in self.dids:
            _refuse_unless(_DID.fullmatch(did) is not None, f"DID {did!r}: digits, with or without a leading +")
        for language in self.languages:
            _refuse_unless(_LANGUAGE.fullmatch(language) is not None, f"language {language!r}: two small letters")
        _refuse_unless(bool(self.languages), "no language given")
        names = (
            [o.extension for o in self.operators]
            + [endpoint_of(o.extension, PhoneKind.BROWSER) for o in self.operators]
            + [t.name for t in self.trunks]
            + [g.name for g in self.radio_gateways]
        )
        doubled = sorted({name for name in names if names.count(name) > 1})
        _refuse_unless(not doubled, f"used twice as operator, trunk or gateway: {', '.join(doubled)}")
        line = self.citizen_line
        _refuse_unless(
            line is None or any(trunk.name == line.trunk and trunk.server for trunk in self.trunks),
            "citizens are called on a trunk that has no server",
        )
        clash = sorted(set(self.dids) & {o.extension for o in self.operators})
        _refuse_unless(not clash, f"both a DID and an operator's extension: {', '.join(clash)}")
        _refuse_unless(
            bool(self.last_resort) and self.last_resort[0].startswith("/"), "last_resort: give an absolute program path"
        )
        for part in self.last_resort:
            _refuse_unless(
                _ORDINARY_TEXT.fullmatch(part) is not None,
                f"last_resort argument {part!r} cannot stand in the dialplan",
            )
        self._check_queues()
        _refuse_unless(5 <= self.give_back <= 120, f"give_back {self.give_back} s: use 5 to 120")
        _refuse_unless(2 <= self.browser_silence <= 60, f"browser_silence {self.browser_silence} s: use 2 to 60")
        _refuse_unless(2 <= self.menu_deadline <= 30, f"menu_deadline {self.menu_deadline} s: use 2 to 30")

    def _check_queues(self) -> None:
        names = [queue.name for queue in self.queues]
        _refuse_unless(len(set(names)) == len(names), f"two queues have one name: {', '.join(names)}")
        if self.callback is not None:
            lines = {trunk.name for trunk in self.trunks if trunk.server is not None}
            _refuse_unless(self.callback.trunk in lines, f"callback: no trunk {self.callback.trunk!r} with a server")
        known = {MESSAGE, *names, *(operator.extension for operator in self.operators)}
        for queue in self.queues:
            for target in queue.targets:
                _refuse_unless(target in known, f"queue {queue.name}: callers cannot go on to {target!r}: not there")
