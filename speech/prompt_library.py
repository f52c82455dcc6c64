"""The folder of prompts: every id in every language as a sound file, made once and kept while its text stays the same.

Owns the folder's layout (`<language>/<id>.ulaw|.alaw`, `beep`, `silence/N`) and its manifest; must not know flows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calls.g711 import Samples
from calls.ports import SpeechError
from speech.audio import measure, silence, to_telephone, tone
from speech.espeak import VOICES, Espeak
from speech.prompt_manifest import MANIFEST_NAME, ManifestEntry, read_manifest, write_manifest
from speech.sound_files import TELEPHONE_FORMATS, read_recorded, sound_path, write_sound

Texts = Mapping[str, Mapping[str, str]]
"""Language → prompt id → text."""

_PROMPT_ID: Final = re.compile(r"^[a-z0-9][a-z0-9_.\-]{0,79}$")
_RECIPE: Final = "1"
"""Raise it when `audio.to_telephone` changes, so that every prompt is made anew."""
SILENCES: Final = range(1, 11)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `failed` and `warnings` are lines for a person; `seconds` is the length of all prompts."""

    built: int
    kept: int
    recorded: int
    removed: tuple[str, ...]
    warnings: tuple[str, ...]
    failed: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Made:
    entry: ManifestEntry
    fresh: bool
    warning: str = ""


def build(
    texts: Texts,
    recorded_dir: Path,
    out_dir: Path,
    progress: Callable[[int, int, str], None],
    *,
    espeak: Espeak | None = None,
    workers: int = 2,
) -> BuildReport:
    """Make what is missing or out of date, remove what nobody needs. `progress(done, total, name)` after each sound.

    A file `recorded_dir/<language>/<id>.wav` wins over synthesis; a broken one gives a warning and is synthesised.
    A prompt that cannot be made stands in `failed`; the others are made. Raises ValueError for an id that cannot be a
    file name or a language without a voice, SpeechError when espeak-ng does not start, OSError when `out_dir` fails.
    """
    wanted = dict(_named(texts))
    engine = espeak or Espeak()
    version = engine.version()
    known = read_manifest(out_dir)
    _build_standard(out_dir)
    entries: dict[str, ManifestEntry] = {}
    fresh, recorded, warnings, failed = 0, 0, [], []
    try:
        with ThreadPoolExecutor(workers, "prompts") as pool:
            jobs = {
                pool.submit(_make, name, text, recorded_dir, out_dir, known.get(name), engine, version): name
                for name, text in wanted.items()
            }
            try:
                for done, job in enumerate(as_completed(jobs), 1):
                    name = jobs[job]
                    try:
                        made = job.result()
                    except SpeechError as error:
                        failed.append(f"{name}: {error}")
                    else:
                        entries[name] = made.entry
                        fresh += made.fresh
                        recorded += made.entry.source == "recorded"
                        warnings += [made.warning] if made.warning else []
                    progress(done, len(jobs), name)
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        # Also when interrupted: what was made need not be made again.
        write_manifest(out_dir, {**{name: entry for name, entry in known.items() if name in wanted}, **entries})
    removed = tuple(sorted(_remove_orphans(out_dir, set(wanted))))
    seconds = sum(entry.seconds for entry in entries.values())
    return BuildReport(
        fresh, len(entries) - fresh, recorded, removed, tuple(sorted(warnings)), tuple(sorted(failed)), seconds
    )


def missing(texts: Texts, out_dir: Path) -> list[tuple[str, str]]:
    """Return (language, id) of every prompt that has no whole sound file, or whose sound says an older text."""
    known = read_manifest(out_dir)
    lacking = []
    for language, prompts in texts.items():
        for prompt, text in prompts.items():
            entry = known.get(f"{language}/{prompt}")
            old = entry is not None and entry.source == "synthesised" and entry.text_hash != text_hash(text)
            if entry is None or old or not _whole(out_dir / language / prompt, entry):
                lacking.append((language, prompt))
    return lacking


def text_hash(text: str) -> str:
    """Return the fingerprint of a text; blanks and line ends do not count."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def _named(texts: Texts) -> Iterator[tuple[str, str]]:
    for language, prompts in texts.items():
        if language not in VOICES:
            raise ValueError(f"prompts in {language!r}: no voice for this language; known: {', '.join(VOICES)}")
        for prompt, text in prompts.items():
            if not _PROMPT_ID.match(prompt) or ".." in prompt:
                raise ValueError(f"prompt id {prompt!r} ({language}): use small letters, digits, dots, '_' and '-'")
            yield f"{language}/{prompt}", text


def _make(
    name: str, text: str, recorded_dir: Path, out_dir: Path, known: ManifestEntry | None, engine: Espeak, version: str
) -> _Made:
    language, prompt = name.split("/", 1)
    recording = recorded_dir / language / f"{prompt}.wav"
    stem = out_dir / language / prompt
    warning = ""
    if recording.is_file():
        key = _key("recorded", hashlib.sha256(recording.read_bytes()).hexdigest())
        if known is not None and known.key == key and _whole(stem, known):
            return _Made(known, fresh=False)
        try:
            samples, rate = read_recorded(recording)
            return _Made(_store(stem, to_telephone(samples, rate), key, text, "recorded"), fresh=True)
        except ValueError as error:
            message = str(error)
            warning = message if str(recording) in message else f"{recording}: {message}"
            warning += "; the synthesised voice is used instead"
    key = _key("synthesised", text_hash(text), repr(VOICES[language]), version)
    if known is not None and known.key == key and _whole(stem, known):
        return _Made(known, fresh=False, warning=warning)
    try:
        sound = to_telephone(*engine.synthesise(text, language))
    except ValueError as error:
        raise SpeechError(f"espeak-ng gave no usable sound: {error}") from error
    return _Made(_store(stem, sound, key, text, "synthesised"), fresh=True, warning=warning)


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join((_RECIPE, *parts)).encode()).hexdigest()[:24]


def _store(stem: Path, samples: Samples, key: str, text: str, source: str) -> ManifestEntry:
    write_sound(stem, samples)
    figures = measure(samples)
    return ManifestEntry(
        key=key,
        text_hash=text_hash(text),
        source=source,
        samples=samples.size,
        seconds=round(figures.seconds, 3),
        level=round(figures.level, 1),
    )


def _whole(stem: Path, entry: ManifestEntry) -> bool:
    """Return whether both files have the length that the manifest gives: one byte per sample."""
    for extension in TELEPHONE_FORMATS:
        try:
            size = sound_path(stem, extension).stat().st_size
        except OSError:
            return False
        if size != entry.samples or not size:
            return False
    return True


def _build_standard(out_dir: Path) -> None:
    """Make the few sounds that Asterisk's own applications play."""
    sounds = {"beep": tone(1000, 0.25), "beeperr": tone(400, 0.4)}
    sounds |= {f"silence/{seconds}": silence(seconds) for seconds in SILENCES}
    for name, samples in sounds.items():
        stem = out_dir / name
        entry = ManifestEntry("", "", "standard", samples.size, 0, 0)
        if not _whole(stem, entry):
            write_sound(stem, samples)


def _remove_orphans(out_dir: Path, wanted: set[str]) -> Iterator[str]:
    """Remove sounds of prompts and languages that are no more; only below the folders of languages."""
    for language in VOICES:
        for path in (out_dir / language).glob("*"):
            name = f"{language}/{path.stem}"
            if path.is_file() and (name not in wanted or path.suffix[1:] not in TELEPHONE_FORMATS):
                path.unlink(missing_ok=True)
                yield f"{language}/{path.name}"
    for path in out_dir.glob(".*.part"):
        if path.name != MANIFEST_NAME:
            path.unlink(missing_ok=True)
