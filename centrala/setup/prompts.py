"""Set-up's view of the prompts: are the sounds made of today's texts, and make them.

Owns: a stamp over the municipality's prompt folder, so that a start need not look at each sound.
Must not know: how speech is made.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path

from asterisk_conf.installation import find_tool
from centrala.setup.step import Progress, SetupError
from ivr.prompt_texts import load_prompt_texts
from speech.espeak import Espeak
from speech.prompt_library import build, missing

logger = logging.getLogger(__name__)
STAMP = ".made-of"


def prompts_dir(home: Path) -> Path:
    """Return the folder of sounds under `CENTRALA_HOME`."""
    return home.resolve() / "prompts"


def prompts_are_current(home: Path, municipality_dir: Path) -> bool:
    """Return whether every prompt × language is there and neither a text nor a recording has changed since."""
    try:
        stamp = (prompts_dir(home) / STAMP).read_text("utf-8")
    except OSError:
        return False
    texts = load_prompt_texts(municipality_dir)
    return stamp == _inputs_hash(texts, municipality_dir) and not missing(texts, prompts_dir(home))


def build_prompts(home: Path, municipality_dir: Path, progress: Progress) -> None:
    """Make the missing sounds. Raises SetupError when one could not be made, SpeechError when espeak-ng fails."""
    tool = find_tool(home, "espeak-ng")
    if tool is None:
        raise SetupError("Prompts: espeak-ng is not here although set-up has installed it; start again")
    texts = load_prompt_texts(municipality_dir)
    wanted = _inputs_hash(texts, municipality_dir)
    report = build(
        texts,
        municipality_dir / "prompts",
        prompts_dir(home),
        progress,
        espeak=Espeak(tool.argv, tool.env),
    )
    for warning in report.warnings:
        logger.warning("%s", warning)
    if report.failed:
        raise SetupError(f"Prompts: {len(report.failed)} could not be made, first: {report.failed[0]}")
    (prompts_dir(home) / STAMP).write_text(wanted, "utf-8")


def _inputs_hash(texts: Mapping[str, Mapping[str, str]], municipality_dir: Path) -> str:
    """Texts by content; recordings, which may be large, by name, size and time of change."""
    digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode())
    for path in sorted((municipality_dir / "prompts").glob("*/*.wav")):
        stat = path.stat()
        digest.update(f"{path.relative_to(municipality_dir)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
