"""The dialplan of the benchmark: one context per engine beside our own rendered ones. Owns its text."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from centrala.bench.menu import ACCOUNT, CHOICES, KEYS, LANGUAGE, NUMBER, ROUTE, SILENCE_MS

DIALPLAN, FLOOR, CODEC, PANORAMISK, PYST2 = "9001", "9002", "9003", "9005", "9006"
"""What the caller dials; Centrala in full is the town's own number."""
NONE, PLAIN, OURS = "9010", "9011", "9012"
"""Not recorded, recorded by plain MixMonitor, recorded as our dialplan does."""


def _dialplan_menu() -> str:
    seconds = SILENCE_MS // 1000
    lines = [f"exten => {DIALPLAN},1,Answer()"]
    asked = [*((prompt, 1) for prompt in CHOICES), (ACCOUNT, 4)]
    for number, ((prompt, most), expected) in enumerate(zip(asked, KEYS, strict=True)):
        lines.append(f" same => n,Read(KEY{number},{LANGUAGE}/{prompt},{most},,1,{seconds})")
        if most == 1:
            lines.append(f' same => n,GotoIf($["${{KEY{number}}}" != "{expected}"]?wrong)')
    digits = "&".join(f"{LANGUAGE}/digits.{digit}" for digit in NUMBER)
    return "\n".join([*lines, f" same => n,Playback({digits})", " same => n(wrong),Hangup()"])


def _peer(extension: str, port: int) -> str:
    return "\n".join(
        (
            f"exten => {extension},1,Answer()",
            f" same => n,AGI(agi://127.0.0.1:{port}/{ROUTE})",
            " same => n,Hangup()",
        )
    )


def bench_contexts(did: str, menu_deadline: int, floor: int, codec: int, panoramisk: int, pyst2: int) -> str:
    """Return the text. Engine (c) has our own dialplan around it, with all its guards but the recording."""
    return f"""; Rendered by centrala bench.
[from-trunk](+)
{_dialplan_menu()}
{_peer(FLOOR, floor)}
{_peer(PANORAMISK, panoramisk)}
{_peer(PYST2, pyst2)}
exten => {CODEC},1,Set(CENTRALA_DID={did})
 same => n,Set(CALLERID(name)=)
 same => n,Answer()
 same => n,Set(TIMEOUT(absolute)={menu_deadline})
 same => n,AGI(agi://127.0.0.1:{codec}/{ROUTE},${{CENTRALA_AGI_TOKEN}},,{did})
 same => n,GotoIf($["${{IVR_DONE}}" != ""]?after-ivr,${{IVR_DONE}},1)
 same => n,Hangup()
exten => T,1,Hangup()
"""


def density_contexts(folder: Path) -> str:
    """Return the extensions; `folder` is where the plain recordings go."""
    plain = f"MixMonitor({folder}/plain-${{UNIQUEID}}.wav)"
    parts = []
    for extension, recording in ((NONE, "NoOp()"), (PLAIN, plain), (OURS, "Gosub(recorder,start,1)")):
        parts.append(
            f"exten => {extension},1,Answer()\n same => n,{recording}\n same => n,Echo()\n same => n,Hangup()\n"
        )
    return "[from-trunk](+)\n" + "".join(parts)


_MARK: Final = '#include "bench.conf"'


def with_bench(extensions: str) -> str:
    """Return extensions.conf with our contexts included."""
    return extensions if _MARK in extensions else f"{extensions}\n{_MARK}\n"
