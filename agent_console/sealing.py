"""Small secrets sealed under the installation's session key: what may be stored or sent out, and only we can open.

Owns the cipher; must not know what is sealed. A purpose and an owner are bound to each box: one cannot be passed off
as another.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Sealing:
    """Boxes of one purpose (AES-256-GCM)."""

    def __init__(self, session_key: str, purpose: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(f"{purpose}:{session_key}".encode()).digest())

    def close(self, text: str, owner: str) -> str:
        """Return the sealed text, in letters that fit a form or a column."""
        nonce = os.urandom(_NONCE_BYTES)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), owner.encode())).decode()

    def open(self, sealed: str, owner: str) -> str | None:
        """Return the text, or None when it was not sealed here, for this owner, with this key."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode())
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()).decode()
        except (InvalidTag, ValueError):
            return None
