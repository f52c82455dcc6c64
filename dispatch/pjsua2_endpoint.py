"""The native side of a SIP user agent: the only file that imports pjsua2. Must not know asyncio or what calls are for.

Rules that keep the native library alive (each was a crash or a hang when broken):
- everything native is made, used and destroyed on the one SIP thread; asyncio holds call numbers, never objects;
- the library gets no threads of its own for signalling or RTP (`threadCnt = 0`, `hasIoqueue = False`): our thread
  polls both, so callbacks come on it. Only "player reached its end" comes from a foreign thread, and only posts a job;
- a transfer asked for by the other side is refused: the library would hang two calls on one object;
- a call is never destroyed inside its own callback, but after the poll in which it ended;
- four calls at once: the wheels' build limit (PJSUA_MAX_CALLS); a fifth is refused (500, or 486 when incoming);
- one endpoint per process (the library is a singleton): a second user agent needs a second process.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pjsua2 as pj

from calls.dtmf import clean_keys
from calls.ports import RadioError
from dispatch.retired_players import RetiredPlayers
from dispatch.sip_types import AccountSettings, CallFact, EndpointSettings, RecordMode, check_uri
from dispatch.sound_meter import SoundMeter
from dispatch.wav_files import is_complete

_POLL_MS = 10
_LEVEL_SECONDS = 0.02
_CLOSE_SECONDS = 1.0

Native: TypeAlias = Any
"""An object of pjsua2, which has no types."""

Report = Callable[[int, CallFact, Any], None]
"""Called on the SIP thread: call number, fact, plain value."""


def _said(error: pj.Error) -> str:
    return f"{error.reason} ({error.title})"


class _Player(pj.AudioMediaPlayer):  # type: ignore[misc]  # pjsua2 has no types
    """Tells when its file has been played to the end; on a thread of the library, so it may only post."""

    def __init__(self, ended: Callable[[], None]) -> None:
        super().__init__()
        self._tell_ended = ended

    def onEof2(self) -> None:
        self._tell_ended()


class _Call(pj.Call):  # type: ignore[misc]  # pjsua2 has no types
    """A native call with its players and recorders."""

    def __init__(self, key: int, account: _Account, call_id: int, stack: Pjsua2Stack) -> None:
        super().__init__(account, call_id)
        self.key, self.stack = key, stack
        self.players: dict[int, _Player] = {}
        self.recorders: list[tuple[pj.AudioMediaRecorder, RecordMode]] = []
        self.files: list[Path] = []
        self.meter = SoundMeter(changed_at=time.monotonic())
        self.media: pj.AudioMedia | None = None
        self.over = False

    def onCallState(self, prm: Native) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY:
            self.stack.report(self.key, CallFact.RINGING, info.lastStatusCode)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.stack.report(self.key, CallFact.ANSWERED, None)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED and not self.over:
            self.over = True
            self.stack.bury(self.key, int(info.lastStatusCode), str(info.lastReason))

    def onCallMediaState(self, prm: Native) -> None:
        self.media = None
        held = False
        info = self.getInfo()  # kept in a name: its list of media is gone when it is
        for index, media in enumerate(info.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            held = media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
            if media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
                self.media = self.getAudioMedia(index)
                break
        self.stack.report(self.key, CallFact.HELD, held)
        if self.media is not None:
            self.connect(self.media)
        self.stack.report(self.key, CallFact.MEDIA, self.media is not None)

    def connect(self, media: pj.AudioMedia) -> None:
        """Join everything of this call to its audio again: a re-INVITE may have replaced it."""
        devices = self.stack.endpoint.audDevManager()
        # A port is measured only while something listens; and a phone sends silence rather than nothing.
        media.startTransmit(devices.getPlaybackDevMedia())
        devices.getCaptureDevMedia().startTransmit(media)
        for player in self.players.values():
            player.startTransmit(media)
        for recorder, _mode in self.recorders:
            media.startTransmit(recorder)

    def silence(self, player: _Player) -> None:
        """Let nobody hear a player any more."""
        listeners = [recorder for recorder, _mode in self.recorders]
        if self.media is not None:
            listeners.append(self.media)
        for listener in listeners:
            with contextlib.suppress(pj.Error):  # the call's audio went with the call, or it was never joined
                player.stopTransmit(listener)

    def onDtmfDigit(self, prm: Native) -> None:
        for key in clean_keys(str(prm.digit)):
            self.stack.report(self.key, CallFact.KEY, key)

    def onCallTransferRequest(self, prm: Native) -> None:
        # Refused: nobody may send us elsewhere (a PBX transfers without asking us). Left alone, the library would
        # give the new call this same object, and crash when the first of the two has ended.
        prm.statusCode = 603

    def onCallTransferStatus(self, prm: Native) -> None:
        self.stack.report(self.key, CallFact.TRANSFERRED, int(prm.statusCode))


class _Account(pj.Account):  # type: ignore[misc]  # pjsua2 has no types
    """A native account; an incoming call rings and is handed on."""

    def __init__(self, name: str, stack: Pjsua2Stack) -> None:
        super().__init__()
        self.name, self.stack = name, stack

    def onIncomingCall(self, prm: Native) -> None:
        self.stack.take_incoming(self, int(prm.callId))

    def onRegState(self, prm: Native) -> None:
        self.stack.registered(self.name, int(prm.code))


class Pjsua2Stack:
    """The native side. Every method runs on the SIP thread."""

    def __init__(self, settings: EndpointSettings, report: Report, post: Callable[[Callable[[], None]], None]) -> None:
        self.settings, self.report, self._post = settings, report, post
        self.arrived: Callable[[str, int, str], None] = lambda account, key, remote: None
        self.registered: Callable[[str, int], None] = lambda account, code: None
        self.endpoint: Any = None
        self.port = 0
        self._accounts: dict[str, _Account] = {}
        self._calls: dict[int, _Call] = {}
        self._ended: list[tuple[int, int, str]] = []
        self._retired = RetiredPlayers()
        self._closing: list[tuple[float, list[Path], int, tuple[int, str]]] = []
        self._number = 0
        self._levels_at = 0.0

    def open(self) -> None:
        """Start the library. Raises RadioError (port taken, …)."""
        settings = self.settings
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
        config.uaConfig.maxCalls = settings.max_calls
        config.uaConfig.userAgent = "Centrala"
        config.logConfig.level = config.logConfig.consoleLevel = 0
        media = config.medConfig
        media.clockRate = media.sndClockRate = 8000
        media.hasIoqueue, media.threadCnt, media.noVad, media.ecTailLen = False, 0, True, 0
        transport = pj.TransportConfig()
        transport.boundAddress, transport.port = settings.bind_host, settings.bind_port
        try:
            self.endpoint.libInit(config)
            number = self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
            self.endpoint.libStart()
            self.endpoint.audDevManager().setNullDev()
            self.port = int(str(self.endpoint.transportGetInfo(number).localName).rpartition(":")[2])
            for codec in [str(each.codecId) for each in self.endpoint.codecEnum2()]:
                wanted = next((place for place, name in enumerate(settings.codecs) if codec.startswith(name)), None)
                self.endpoint.codecSetPriority(codec, 0 if wanted is None else 250 - wanted)
        except pj.Error as error:
            said = _said(error)
            self.close()
            raise RadioError(
                f"SIP endpoint on {settings.bind_host}:{settings.bind_port} did not start: {said}"
            ) from None
        self.add_account("", AccountSettings(settings.user))

    def poll(self) -> None:
        """Handle what has arrived, then what ended, then levels."""
        self.endpoint.libHandleEvents(_POLL_MS)
        now = time.monotonic()
        while self._ended:
            key, code, reason = self._ended.pop()
            call = self._calls.pop(key, None)
            if call is not None:
                for player in call.players.values():
                    self._retire(call, player)
                call.players.clear()
                call.media = None
                call.recorders.clear()
                self._closing.append((now + _CLOSE_SECONDS, call.files, key, (code, reason)))
                del call
        self._closing = [each for each in self._closing if not self._settled(now, *each)]
        self._retired.release(now)
        if now - self._levels_at >= _LEVEL_SECONDS:
            self._levels_at = now
            for call in self._calls.values():
                level = 0
                with contextlib.suppress(pj.Error):  # its audio is just being replaced: not audible for this moment
                    level = 0 if call.media is None or call.over else int(call.media.getTxLevel())
                changed = call.meter.feed(now, level)
                if changed is not None:
                    self.report(call.key, CallFact.SOUNDING, (changed, call.meter.changed_at))

    def _retire(self, call: _Call, player: _Player) -> None:
        call.silence(player)
        self._retired.add(time.monotonic(), player)

    def _settled(self, now: float, limit: float, files: list[Path], key: int, end: tuple[int, str]) -> bool:
        """Report the end once every file has its header: the media clock writes it some frames after our part."""
        if now < limit and not all(is_complete(file) for file in files):
            return False
        self.report(key, CallFact.ENDED, end)
        return True

    def close(self) -> None:
        """End every call and destroy everything native."""
        if self.endpoint is None:
            return
        if self._calls:
            self.endpoint.hangupAllCalls()
            deadline = time.monotonic() + 1.5
            while (self._calls or self._closing) and time.monotonic() < deadline:
                self.poll()
        self._calls.clear()
        self._retired.clear()
        for account in self._accounts.values():
            account.shutdown()
        self._accounts.clear()
        self.endpoint.libDestroy()
        self.endpoint = None

    def add_account(self, name: str, settings: AccountSettings) -> None:
        """Add an identity, and register it when it has a registrar."""
        host = f"{self.settings.bind_host}:{self.port}"
        config = pj.AccountConfig()
        display = settings.display.replace('"', "").replace("\\", "")
        config.idUri = f'"{display}" <sip:{settings.username}@{settings.domain or host}>'
        transport = config.mediaConfig.transportConfig
        transport.boundAddress = self.settings.bind_host
        # Different processes begin at different places; the library tries the next ports when one is taken.
        transport.port = self.settings.rtp_port_start or 20000 + os.getpid() % 350 * 100
        transport.portRange = 98 * 4
        if settings.registrar:
            config.regConfig.registrarUri = check_uri(settings.registrar)
            config.regConfig.timeoutSec = settings.expires
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", settings.username, 0, settings.password))
        account = _Account(name, self)
        try:
            account.create(config)
        except pj.Error as error:
            raise RadioError(f"SIP account {settings.username!r}: {_said(error)}") from None
        self._accounts[name] = account

    def call(self, key: int, account: str, uri: str) -> None:
        """Begin a call."""
        call = _Call(key, self._accounts[account], pj.PJSUA_INVALID_ID, self)
        self._calls[key] = call
        try:
            call.makeCall(uri, pj.CallOpParam(True))
        except pj.Error as error:
            if not call.over:
                call.over = True
                self.bury(key, 500, error.reason)

    def new_key(self) -> int:
        """Return a call number never used before in this process."""
        self._number += 1
        return self._number

    def take_incoming(self, account: _Account, call_id: int) -> None:
        """Let an incoming call ring, and report it."""
        key = self.new_key()
        call = _Call(key, account, call_id, self)
        self._calls[key] = call
        self.arrived(account.name, key, str(call.getInfo().remoteUri))
        self._on(key, lambda ringing: ringing.answer(_operation(180)))

    def bury(self, key: int, code: int, reason: str) -> None:
        """Note that a call has ended; it is destroyed after this poll, not inside its own callback."""
        self._ended.append((key, code, reason))

    def answer(self, key: int, code: int) -> None:  # noqa: D102 - NativeCalls
        self._on(key, lambda call: call.answer(_operation(code)))

    def hang_up(self, key: int, code: int) -> None:  # noqa: D102 - NativeCalls
        if key in self._calls and not self._calls[key].over:
            self._on(key, lambda call: call.hangup(_operation(code)))

    def start_player(self, key: int, sound: Path, loop: bool) -> int:  # noqa: D102 - NativeCalls
        number = self.new_key()

        def start(call: _Call) -> None:
            player = _Player(lambda: self._post(lambda: self.report(key, CallFact.PLAYED, number)))
            player.createPlayer(str(sound), 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
            call.players[number] = player
            for recorder, mode in call.recorders:
                if mode is RecordMode.BOTH:
                    player.startTransmit(recorder)
            if call.media is not None:
                player.startTransmit(call.media)

        self._on(key, start)
        return number

    def stop_player(self, key: int, player: int) -> None:  # noqa: D102 - NativeCalls
        call = self._calls.get(key)
        if call is not None and player in call.players:
            self._retire(call, call.players.pop(player))

    def record(self, key: int, path: Path, mode: RecordMode) -> None:  # noqa: D102 - NativeCalls
        def start(call: _Call) -> None:
            recorder = pj.AudioMediaRecorder()
            recorder.createRecorder(str(path))
            call.recorders.append((recorder, mode))
            call.files.append(path)
            if call.media is not None:
                call.media.startTransmit(recorder)
            if mode is RecordMode.BOTH:
                for player in call.players.values():
                    player.startTransmit(recorder)

        if key in self._calls and not self._calls[key].over:  # refused at once: there is nothing to record
            self._on(key, start)

    def send_keys(self, key: int, keys: str) -> None:  # noqa: D102 - NativeCalls
        self._on(key, lambda call: call.dialDtmf(clean_keys(keys)))

    def hold(self, key: int, held: bool) -> None:  # noqa: D102 - NativeCalls
        def change(call: _Call) -> None:
            operation = pj.CallOpParam(True)
            if held:
                call.setHold(operation)
            else:
                operation.opt.flag = pj.PJSUA_CALL_UNHOLD
                call.reinvite(operation)

        self._on(key, change)

    def transfer(self, key: int, uri: str) -> None:  # noqa: D102 - NativeCalls
        self._on(key, lambda call: call.xfer(check_uri(uri), pj.CallOpParam(True)))

    def join(self, key: int, other: int) -> None:  # noqa: D102 - NativeCalls
        kept = self._calls.get(other)
        if kept is None or kept.over:
            raise RadioError("the other call has ended")
        self._on(key, lambda call: call.xferReplaces(kept, pj.CallOpParam(True)))

    def _on(self, key: int, job: Callable[[_Call], None]) -> None:
        call = self._calls.get(key)
        if call is None or call.over:
            raise RadioError("the call has ended")
        try:
            job(call)
        except pj.Error as error:
            raise RadioError(_said(error)) from None


def _operation(code: int) -> Native:
    parameter = pj.CallOpParam(True)
    parameter.statusCode = code
    return parameter
