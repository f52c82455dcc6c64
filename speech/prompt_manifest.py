"""The manifest of the prompts' folder: what each sound was made from, its length and level. Owns its JSON form."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from speech.sound_files import write_atomically

logger = logging.getLogger(__name__)

MANIFEST_NAME: Final = "manifest.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One sound. `key` fingerprints all it was made from; `source` is `recorded` or `synthesised`; `level` in dBFS."""

    key: str
    text_hash: str
    source: str
    samples: int
    seconds: float
    level: float


def read_manifest(folder: Path) -> dict[str, ManifestEntry]:
    """Return the entries by `<language>/<id>`; none without a readable manifest: all is then made anew."""
    path = folder / MANIFEST_NAME
    try:
        raw = json.loads(path.read_text("utf-8"))
        if raw["format"] != _FORMAT:
            return {}
        return {name: ManifestEntry(**fields) for name, fields in raw["sounds"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        logger.warning("%s is not readable (%s): the prompts will be made anew", path, error)
        return {}


def write_manifest(folder: Path, entries: Mapping[str, ManifestEntry]) -> None:
    """Write the entries, sorted by name. Raises OSError."""
    sounds = {name: asdict(entry) for name, entry in sorted(entries.items())}
    text = json.dumps({"format": _FORMAT, "sounds": sounds}, indent=1, ensure_ascii=False)
    write_atomically(folder / MANIFEST_NAME, text.encode())
