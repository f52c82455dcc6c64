"""Where a browser reaches SIP over WebSocket. Owns that address and the page's permission to open it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from agent_console.dependencies import ConsoleDependencies

_HOST: Final = re.compile(r"[0-9A-Za-z.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_ADDRESS: Final = re.compile(r"wss?://(?:[0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[0-9A-Za-z._~/-]*)?")
PATH: Final = "/ws"


def websocket_address(setting: str, origin: str, request_host: str, port: int) -> str:
    """Return the address for a page that was asked for as `request_host` (`name:port`); empty when it has no good name.

    `setting` is what the administrator wrote and wins. A console shown over https (`origin`) must have `wss`: the
    proxy before it passes `/ws` on. Otherwise it is this machine's own port.
    """
    if setting:
        return setting if _ADDRESS.fullmatch(setting) else ""
    if origin.startswith("https://"):
        return f"wss://{urlsplit(origin).netloc}{PATH}"
    named = urlsplit(f"//{request_host}")
    try:
        host = named.hostname or ""
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"ws://{host}:{port}{PATH}" if _HOST.fullmatch(host) else ""


def address_for(deps: ConsoleDependencies, request: web.Request) -> str:
    """Return where this request's browser reaches SIP over WebSocket; empty: nowhere."""
    if deps.browser_phones is None:
        return ""
    origin = deps.origins[0] if deps.origins else ""
    return websocket_address(deps.phone_websocket, origin, request.host, deps.phone_port)


def with_websocket(policy: str, address: str) -> str:
    """Return a Content-Security-Policy that lets the page connect there too, and nowhere else."""
    if not address or _ADDRESS.fullmatch(address) is None:
        return policy
    return policy.replace("connect-src 'self'", f"connect-src 'self' {address}")
