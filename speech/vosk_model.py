"""What the folder of a Vosk model must hold. Looks at files only: vosk itself need not be installed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_NEEDED_FILES: Final = ("am/final.mdl", "conf/model.conf", "conf/mfcc.conf", "graph/words.txt")
_RUNTIME_GRAPH: Final = ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
_WHOLE_GRAPH: Final = "graph/HCLG.fst"
_UNSET_ABORTS: Final = "--endpoint.silence-phones"


def check_model(folder: Path) -> None:
    """Raise ValueError unless the folder is a Vosk model that can take a grammar for each question."""
    _check_files(folder, (*_NEEDED_FILES, *_RUNTIME_GRAPH), "for run-time grammars ")


def check_dictation_model(folder: Path) -> None:
    """Raise ValueError unless the folder is a Vosk model that can write down whatever is said, of either kind."""
    graph = (_WHOLE_GRAPH,) if (folder / _WHOLE_GRAPH).is_file() else _RUNTIME_GRAPH
    _check_files(folder, (*_NEEDED_FILES, *graph), "")


def _check_files(folder: Path, needed: tuple[str, ...], what_for: str) -> None:
    lacking = [name for name in needed if not (folder / name).is_file()]
    if lacking:
        raise ValueError(f"{folder}: no Vosk model {what_for}here, {lacking[0]} is missing")
    if _UNSET_ABORTS not in (folder / "conf" / "model.conf").read_text("utf-8", "replace"):
        raise ValueError(f"{folder}/conf/model.conf: {_UNSET_ABORTS} is missing; vosk would end the process")
