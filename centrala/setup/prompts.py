"""Set-up's view of the prompts: are the sounds made of today's texts, and make them.

Owns: a stamp over the municipality's prompt folder, so that a start need not look at each sound.
Must not know: how speech is made.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from ivr.prompt_texts import load_prompt_texts

from asterisk_conf.installation import find_tool
from centrala.setup.step import Progress, SetupError
from speech.espeak import Espeak
from speech.prompt_library import build, missing

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
    return stamp == _inputs_hash(municipality_dir) and not missing(
        load_prompt_texts(municipality_dir), prompts_dir(home)
    )


def build_prompts(home: Path, municipality_dir: Path, progress: Progress) -> None:
    """Make the missing sounds. Raises SetupError when one could not be made, SpeechError when espeak-ng fails."""
    tool = find_tool(home, "espeak-ng")
    if tool is None:
        raise SetupError("Prompts: espeak-ng is not here although set-up has installed it; start again")
    wanted = _inputs_hash(municipality_dir)
    report = build(
        load_prompt_texts(municipality_dir),
        municipality_dir / "prompts",
        prompts_dir(home),
        progress,
        espeak=Espeak(tool.argv, tool.env),
    )
    for warning in report.warnings:
        progress(0, 1, warning)
    if report.failed:
        raise SetupError(f"Prompts: {len(report.failed)} could not be made, first: {report.failed[0]}")
    (prompts_dir(home) / STAMP).write_text(wanted, "utf-8")


def _inputs_hash(municipality_dir: Path) -> str:
    """Texts by content; recordings, which may be large, by name, size and time of change."""
    digest = hashlib.sha256()
    for path in sorted((municipality_dir / "prompts").rglob("*")):
        if path.is_file():
            stat = path.stat()
            name = str(path.relative_to(municipality_dir))
            content = path.read_bytes() if path.suffix in {".yaml", ".yml"} else b""
            mark = "" if content else f"{stat.st_size} {stat.st_mtime_ns}"
            digest.update(f"{name} {mark}\n".encode() + content)
    return digest.hexdigest()
