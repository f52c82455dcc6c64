"""Where things lie under the home folder. Owns the names of the folders; must not know what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from centrala.settings import Settings


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders of one installation; every path is absolute."""

    home: Path
    recordings: Path

    @classmethod
    def of(cls, settings: Settings) -> Layout:
        """Return the layout of these settings."""
        return cls(settings.home.resolve(), settings.recordings_directory.resolve())

    @property
    def journals(self) -> tuple[Path, Path]:
        """The journal and the directory that takes over when its disk fails."""
        return self.home / "journal", self.home / "journal-spare"

    @property
    def mint(self) -> Path:
        """Counters of case numbers, one file per node."""
        return self.home / "mint"

    @property
    def prompts(self) -> Path:
        """Synthesised prompts, a folder per language."""
        return self.home / "prompts"

    @property
    def said(self) -> Path:
        """Sentences synthesised at run time."""
        return self.prompts / "said"

    @property
    def recording_keys(self) -> Path:
        """The key of each month's recordings, wrapped by the master key."""
        return self.home / "recording-keys"

    @property
    def spool(self) -> Path:
        """What was taken while the rest was down."""
        return self.home / "spool"

    @property
    def order_spool(self) -> Path:
        """Texts of orders that go out by telephone."""
        return self.spool / "orders"

    @property
    def notices(self) -> Path:
        """The urgent notice that is on now."""
        return self.home / "notices"

    @property
    def run(self) -> Path:
        """Process files and the lock."""
        return self.home / "run"

    @property
    def event_socket(self) -> Path:
        """Where the other processes tell the console of live events."""
        return self.run / "events.sock"

    @property
    def logs(self) -> Path:
        """A log file per process."""
        return self.home / "log"

    @property
    def first_login(self) -> Path:
        """First accounts, written once."""
        return self.home / "first-login.txt"

    def make(self) -> None:
        """Make every folder; those with personal data are readable by the owner only."""
        for path in (self.prompts, self.said, self.run, self.logs, self.notices):
            path.mkdir(parents=True, exist_ok=True)
        spools = [self.spool / name for name in ("messages", "last_resort", "dialplan", "orders")]
        for path in (self.home, *self.journals, self.mint, self.recordings, self.spool, *spools):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o700)
