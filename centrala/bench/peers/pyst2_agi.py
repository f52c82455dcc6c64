"""The menu on pyst2: a process is forked for each call, around `asterisk.agi.AGI`. `pyst2_agi.py PORT`.

pyst2's own FastAGI server does not start on Python 3, and its AGI class takes over signals: a fork per call is the way
in which it can serve at all.
"""

from __future__ import annotations

import os
import socketserver
import sys

from asterisk.agi import AGI
from typing_extensions import override

from centrala.bench.menu import ACCOUNT, CHOICES, LANGUAGE, NUMBER, SILENCE_MS


class Menu(socketserver.StreamRequestHandler):
    """One call, in its own process."""

    @override
    def handle(self) -> None:
        with open(os.devnull, "w") as nowhere:
            incoming = self.request.makefile("r", encoding="utf-8", newline="\n")
            outgoing = self.request.makefile("w", encoding="utf-8", newline="\n")
            agi = AGI(incoming, outgoing, nowhere)
            for prompt in CHOICES:
                agi.get_data(f"{LANGUAGE}/{prompt}", SILENCE_MS, 1)
            agi.get_data(f"{LANGUAGE}/{ACCOUNT}", SILENCE_MS, 4)
            agi.say_digits(NUMBER)


class Server(socketserver.ForkingTCPServer):
    """Forks per call; as many calls at once as the profiles need."""

    allow_reuse_address = True
    request_queue_size = 1024
    max_children = 2000


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1])), Menu) as server:
        server.serve_forever(poll_interval=0.05)
