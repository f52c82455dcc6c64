"""The little SIP that the probes speak: build a request, read a message. Owns text; must not know sockets or calls.

Enough for one Asterisk on loopback, where nothing is lost and no proxy stands between.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SILENCE = frozenset(b"\xff\x7f\xfe\x7e\xfd\x7d")
"""Bytes of mu-law that nobody hears."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer. `headers` by small letters; of a repeated header the first, but every `via`."""

    start: str
    headers: Mapping[str, str]
    vias: tuple[str, ...]
    body: str

    @property
    def status(self) -> int:
        """The answer's code; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        """The request's method, or the method that is answered."""
        return self.headers["cseq"].split()[1] if self.status else self.start.split()[0]

    @property
    def media(self) -> tuple[str, int]:
        """Address and port of the audio. Raises ValueError without one."""
        address, port = re.search(r"^c=IN IP4 (\S+)", self.body, re.M), re.search(r"^m=audio (\d+)", self.body, re.M)
        if not address or not port:
            raise ValueError("no audio in this message")
        return address[1], int(port[1])

    @property
    def contact(self) -> str:
        """The URI to send further requests to."""
        found = re.search(r"<([^>]+)>", self.headers.get("contact", ""))
        return found[1] if found else self.headers.get("contact", "")


def parse(data: bytes) -> Message:
    """Read a datagram. Raises ValueError for what is not SIP."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    vias: list[str] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"not a header: {line[:40]!r}")
        name = name.strip().lower()
        if name == "via":
            vias.append(value.strip())
        headers.setdefault(name, value.strip())
    if "cseq" not in headers or "call-id" not in headers:
        raise ValueError("no SIP message")
    return Message(start, headers, tuple(vias), body)


def request(method: str, uri: str, headers: Mapping[str, str], body: str = "") -> bytes:
    """Return a request."""
    return _text(f"{method} {uri} SIP/2.0", headers.items(), body)


def answer(to: Message, code: int, reason: str, tag: str, contact: str = "", body: str = "") -> bytes:
    """Return an answer to a request."""
    told = to.headers["to"] if "tag=" in to.headers["to"] else f"{to.headers['to']};tag={tag}"
    headers = [("Via", via) for via in to.vias]
    headers += [("From", to.headers["from"]), ("To", told), ("Call-ID", to.headers["call-id"])]
    headers += [("CSeq", to.headers["cseq"])]
    headers += [("Contact", f"<{contact}>")] if contact else []
    return _text(f"SIP/2.0 {code} {reason}", headers, body)


def _text(start: str, headers: Iterable[tuple[str, str]], body: str) -> bytes:
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append("Content-Type: application/dtmf-relay" if "Signal=" in body else "Content-Type: application/sdp")
    return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body]).encode()


def audio(port: int) -> str:
    """Return a session description that offers mu-law on a loopback port."""
    lines = ["v=0", "o=probe 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
    lines += [f"m=audio {port} RTP/AVP 0 101", "a=rtpmap:0 PCMU/8000"]
    lines += ["a=rtpmap:101 telephone-event/8000", "a=ptime:20"]
    return "\r\n".join(lines) + "\r\n"


def rtp(sequence: int, payload: bytes) -> bytes:
    """Return one RTP packet of mu-law."""
    stamp = sequence * len(payload)
    return b"\x80\x00" + sequence.to_bytes(2, "big") + stamp.to_bytes(4, "big") + b"\x00\x00\x12\x34" + payload


def is_sound(packet: bytes) -> bool:
    """Say whether an RTP packet of mu-law carries anything that can be heard."""
    return len(packet) > 12 and packet[1] & 0x7F == 0 and not SILENCE.issuperset(packet[12:])


def authorization(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """Return the answer to a digest challenge (MD5, as Asterisk asks for it)."""
    asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    nonce, realm = asked["nonce"], asked["realm"]
    first = _md5(f"{user}:{realm}:{password}")
    second = _md5(f"{method}:{uri}")
    parts = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    if "opaque" in asked:
        parts["opaque"] = asked["opaque"]
    proof = _md5(f"{first}:{nonce}:00000001:probe:auth:{second}")
    quoted = ", ".join(f'{name}="{value}"' for name, value in parts.items())
    return f'Digest {quoted}, response="{proof}", algorithm=MD5, qop=auth, nc=00000001, cnonce="probe"'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - what SIP asks for
