"""Telephones that are not ours, run as programs: they answer by themselves, play a tone and keep what they hear.

baresip hangs up when its tone ends, linphone repeats it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.installation import find_tool, tools_dir
from tests.free_ports import free_port_block
from tests.system.asterisk_bed import CHECKOUT_HOME

BARESIP_MODULES = "usr/lib/baresip/modules"


@dataclass(frozen=True)
class OtherPhone:
    """A running telephone. `heard`: folder in which it leaves what it heard."""

    process: subprocess.Popen[bytes]
    heard: Path
    log: Path


@contextmanager
def baresip(folder: Path, extension: str, password: str, registrar: str, say: Path) -> Iterator[OtherPhone]:
    """Register as `extension` at `registrar` (host:port) and take every call."""
    folder.mkdir()
    modules = next(
        root / BARESIP_MODULES for root in (Path("/"), tools_dir(CHECKOUT_HOME)) if (root / BARESIP_MODULES).is_dir()
    )
    ports = free_port_block(40)
    (folder / "config").write_text(
        f"sip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nrtp_ports {ports}-{ports + 39}\n"
        f"audio_source aufile,{say}\naudio_player aufile,{folder}/player.wav\naudio_alert aufile,{folder}/alert.wav\n"
        f"module_path {modules}\n"
        "module g711.so\nmodule aufile.so\nmodule sndfile.so\nmodule_app account.so\nmodule_app menu.so\n"
    )
    (folder / "accounts").write_text(
        f"<sip:{extension}@{registrar}>;auth_user={extension};auth_pass={password};answermode=auto;regint=60\n"
    )
    (folder / "contacts").write_text("")
    with _running("baresip", ["-f", str(folder)], folder) as phone:
        yield phone


@contextmanager
def linphone(folder: Path, extension: str, password: str, registrar: str, say: Path) -> Iterator[OtherPhone]:
    """Register as `extension` at `registrar` (host:port) and take every call."""
    (folder / ".local" / "share" / "linphone").mkdir(parents=True)  # without its database it takes no call
    ports = free_port_block(40)
    (folder / "linphonerc").write_text(
        "[sip]\nsip_port=-1\nsip_tcp_port=0\nsip_tls_port=0\nguess_hostname=0\nuse_ipv6=0\ndefault_proxy=0\n"
        f"[rtp]\naudio_rtp_port={ports}-{ports + 39}\n"
        f"[proxy_0]\nreg_proxy=<sip:{registrar};transport=udp>\nreg_identity=sip:{extension}@{registrar}\nreg_expires=60\nreg_sendregister=1\n"
        f"[auth_info_0]\nusername={extension}\npasswd={password}\nrealm=asterisk\n"
    )
    with _running("linphonec", ["-c", str(folder / "linphonerc"), "-a"], folder) as phone:
        assert phone.process.stdin is not None
        for line in ("soundcard use files", f"play {say}", f"record {folder}/heard.wav"):
            phone.process.stdin.write(f"{line}\n".encode())
            phone.process.stdin.flush()
        yield phone


@contextmanager
def _running(program: str, words: list[str], folder: Path) -> Iterator[OtherPhone]:
    tool = find_tool(CHECKOUT_HOME, program)
    assert tool is not None, f"{program} is missing: run centrala.setup --with-tests"
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*tool.argv, *words],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,  # where baresip leaves its dumps
            env={**os.environ, **tool.env, "HOME": str(folder)},
        )
    try:
        yield OtherPhone(process, folder, log)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdin is not None
        process.stdin.close()
