"""The secrets file: made once with random values, readable by its owner only. Owns the keys, not their use."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Secrets:
    """Hexadecimal keys and passwords of one installation."""

    agi_token: str
    ami_reader: str
    ami_writer: str
    ami_phones: str
    pin_key: str
    session_key: str
    sip_password_seed: str
    notice_pin: str


class SecretsError(Exception):
    """The secrets file cannot be used; the text says why and how to mend it."""


def _new(name: str) -> str:
    return f"{secrets.randbelow(1_000_000):06d}" if name == "notice_pin" else secrets.token_hex(32)


def load_secrets(home: Path) -> Secrets:
    """Read `secrets.toml` under `home`; make it when missing; add keys that are new. Raises SecretsError."""
    path = home / "secrets.toml"
    known: dict[str, str] = {}
    if path.exists():
        _refuse_open_file(path)
        try:
            known = {key: str(value) for key, value in tomllib.loads(path.read_text()).items()}
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SecretsError(
                f"{path}: {error}; restore it from a backup: without it the identity store is lost"
            ) from error
    names = [field.name for field in fields(Secrets)]
    values = {name: known.get(name) or _new(name) for name in names}
    if values != {name: known.get(name) for name in names}:
        _write(path, "".join(f'{name} = "{value}"\n' for name, value in values.items()))
    return Secrets(**values)


def load_identity_key(home: Path) -> bytes:
    """Read the identity store's key, made once. A file of its own: the public site's process never opens it."""
    path = home / "identity.key"
    if not path.exists():
        _write(path, secrets.token_hex(32) + "\n")
    _refuse_open_file(path)
    try:
        return bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise SecretsError(f"{path}: {error}; restore it from a backup, the identity store needs it") from error


def load_recordings_key(home: Path) -> bytes:
    """Read the master key of recordings, made once: it opens the months' keys in `recording-keys/`.

    A file of its own: only the console's process, which seals and plays, opens it.
    """
    path = home / "recordings.key"
    if not path.exists():
        _write(path, secrets.token_hex(32) + "\n")
    _refuse_open_file(path)
    try:
        return bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise SecretsError(
            f"{path}: {error}; restore it from a backup: without it no recording can be heard"
        ) from error


def _refuse_open_file(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise SecretsError(f"{path}: others can read it; run: chmod 600 {path}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sip_password(seed: str, extension: str) -> str:
    """Return the SIP password of an extension: derived, so that a restart changes nothing."""
    return hmac.new(bytes.fromhex(seed), f"sip:{extension}".encode(), hashlib.sha256).hexdigest()[:24]
