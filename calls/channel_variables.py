"""Names of every channel variable shared by Python and the dialplan: the contract between the two languages.

A test renders the dialplan and fails on a `CENTRALA_…`/`IVR_…` name that is not listed here.
"""

from __future__ import annotations

from typing import Final

IVR_DONE: Final = "IVR_DONE"
"""Set by the AGI server as its last act to one of `Destination`; empty: it died. AGISTATUS is never trusted."""

LANGUAGE: Final = "CENTRALA_LANGUAGE"
"""ISO 639-1 code that the caller chose."""

QUEUE: Final = "CENTRALA_QUEUE"
"""Queue in which the caller is to wait."""

DID: Final = "CENTRALA_DID"
"""The public number that was called."""

AGI_TOKEN: Final = "CENTRALA_AGI_TOKEN"  # noqa: S105 - a variable's name
"""Per-boot secret that the AGI server compares in constant time; a dialplan global."""

SYNTHETIC: Final = "CENTRALA_SYNTHETIC"
"""`1` on the product's own test call."""

ORDER: Final = "CENTRALA_ORDER"
"""Id of the order that a call to a crew or a duty phone is about."""

RECORDING: Final = "CENTRALA_RECORDING"
"""File of the call's recording; empty on a call that is not recorded."""

ALL: Final = (IVR_DONE, LANGUAGE, QUEUE, DID, AGI_TOKEN, SYNTHETIC, ORDER, RECORDING)


class Destination:
    """Where the dialplan goes when the AGI server has finished: extensions of context `after-ivr`."""

    QUEUE: Final = "queue"
    MESSAGE: Final = "message"
    HANGUP: Final = "hangup"
    ALL: Final = (QUEUE, MESSAGE, HANGUP)


class AgiRoute:
    """Names of the AGI routes: path of the AGI URL, file under `agi/routes/`, and function are all the same word."""

    INBOUND: Final = "inbound"
    """The menu, from the recording announcement to a destination. Second server: argument `resume=1`."""
    MESSAGE: Final = "message"
    """Leave a message: nobody free, outside hours, or the queue timed out."""
    NOTICE: Final = "notice"
    """`*71` / `*72`: record or switch off the urgent notice, with a PIN."""
    ORDER: Final = "order"
    """An order read out on a telephone (crew or duty phone), with acknowledgement keys."""
    ALL: Final = (INBOUND, MESSAGE, NOTICE, ORDER)


USER_EVENT_FALLBACK: Final = "CENTRALA_FALLBACK"
"""CEL user-defined event that the pure dialplan writes when no AGI server answered; extra = the spool file's stem."""
