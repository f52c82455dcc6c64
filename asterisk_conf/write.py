"""Puts rendered configuration on the disk: folders, files, the hold tone and the links that Asterisk needs.

Owns what lies under `var/asterisk/`. A file appears whole or not at all, and only when its text changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from asterisk_conf.hold_tone import RATE, hold_tone_samples
from asterisk_conf.models import AsteriskInputs, Directories
from asterisk_conf.render import render
from calls.g711 import Samples, from_ulaw

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
STILL_SAMPLES = RATE // 25
"""Silence between two recorders, 40 ms: two frames of telephone audio."""


def write_configuration(inputs: AsteriskInputs) -> tuple[str, ...]:
    """Make everything that Asterisk needs to start with `inputs`; return the names of the files that changed.

    Raises ConfigurationInputError for a value that must not be written and OSError when the disk refuses.
    """
    directories = inputs.directories
    _make_folders(directories)
    _link_data(directories)
    _write_hold_music(directories, inputs.languages)
    return write_files(directories.etc, render(inputs))


def write_files(folder: Path, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Write the texts into `folder`, remove `.conf` files that are not among them, return the names that changed."""
    changed = [name for name, text in sorted(texts.items()) if write_if_changed(folder / name, text.encode())]
    for stale in sorted(folder.glob("*.conf")):
        if stale.name not in texts:
            stale.unlink()
            changed.append(stale.name)
    return tuple(changed)


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write `path` atomically (mode 0600) unless it already holds `content`; return whether it was written."""
    try:
        if path.read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _make_folders(directories: Directories) -> None:
    home = directories.home
    for folder in (
        directories.etc,
        directories.run_folder,
        directories.log,
        # Without this folder Asterisk drops every CEL event and says so in one log line only.
        directories.cel_file.parent,
        directories.datadir,
        directories.datadir / "agi-bin",
        directories.hold_music,
        home / "asterisk" / "db",
        home / "asterisk" / "keys",
        home / "asterisk" / "spool",
        directories.prompts,
        directories.incoming_recordings,
        directories.dialplan_spool,
        home / "spool" / "last_resort",
    ):
        folder.mkdir(parents=True, exist_ok=True)
    for private in (home / "asterisk", directories.incoming_recordings, directories.dialplan_spool):
        private.chmod(PRIVATE_FOLDER)


def _write_hold_music(directories: Directories, languages: tuple[str, ...]) -> None:
    """Write what a waiting caller hears as linear samples: see docs/adr/0018-a-second-telephone-on-the-recording.md."""
    folder = directories.hold_music
    sounds = {"tone": hold_tone_samples(), "still": np.zeros(STILL_SAMPLES, np.int16)}
    for language in languages:
        # The hold music's playlist takes a dot in a name for the beginning of a format.
        for name, prompt in (("wait", "queue.wait"), ("lost", "operator.lost")):
            spoken = directories.prompts / language / f"{prompt}.ulaw"
            if spoken.is_file():
                sounds[f"{name}-{language}"] = from_ulaw(spoken.read_bytes())
    for stale in folder.iterdir():
        if stale.suffix != ".sln" or stale.stem not in sounds:
            stale.unlink()
    for name, samples in sounds.items():
        write_if_changed(folder / f"{name}.sln", _linear(samples))


def _linear(samples: Samples) -> bytes:
    return samples.astype("<i2").tobytes()


def _link_data(directories: Directories) -> None:
    """Point `sounds` at our prompts and the rest at the installation's own data, replacing links that are wrong."""
    links = {directories.datadir / "sounds": directories.prompts}
    for name in ("documentation", "static-http", "rest-api"):
        links[directories.datadir / name] = directories.data / name
    for link, target in links.items():
        if link.is_symlink() and link.readlink() == target:
            continue
        temporary = link.with_name(f".{link.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target)
        temporary.replace(link)
