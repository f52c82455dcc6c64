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
"""On the product's own test call: `1`, or `record` when it is to be recorded."""

ORDER: Final = "CENTRALA_ORDER"
"""Id of the order that a call to a crew or a duty phone is about."""

RECORDING: Final = "CENTRALA_RECORDING"
"""Path of the call's recording, without its side and extension; empty on a call that is not recorded."""

ALARM: Final = "CENTRALA_ALARM"
"""Id of the script that a call to a duty phone about an alarm reads out."""

OWN_OPERATOR: Final = "CENTRALA_OWN"
"""Extension of the operator who has the caller's open case: tried first, for a limited time."""

QUEUED_AT: Final = "CENTRALA_QUEUED_AT"
"""Seconds since 1970 when the caller began to wait for a person; shared with those who look for their place."""

PRIORITY: Final = "QUEUE_PRIO"
"""Asterisk's own name: whoever has more goes first."""

HEAD_PRIORITY: Final = 90
"""Of one who had a person already and lost them. A flow gives less."""

WAITING: Final = "CENTRALA_WAITING"
"""Asterisk's id of the channel of a waiting caller to whom a sentence is whispered."""

SOUND: Final = "CENTRALA_SOUND"
"""Path, without extension, of a sound of ours to be played."""

CALLBACK: Final = "CENTRALA_CALLBACK"
"""Number of the wish to be called back that a call of ours is about."""

OPERATOR: Final = "CENTRALA_OPERATOR"
"""Endpoint of the operator's phone that the caller talks or talked with, `2001` or `w2001`."""

LOST_UNTIL: Final = "CENTRALA_LOST_UNTIL"
"""Seconds since 1970 until which the caller waits for an operator whose phone died."""

HOLDER: Final = "CENTRALA_HOLDER"
"""On the caller's channel: that of the operator to whom the caller belongs. Set by the console alone."""

HELD: Final = "CENTRALA_HELD"
"""On an operator's channel: the channel of the caller who is held or put through."""

DIED: Final = "CENTRALA_DIED"
"""Shared, on the caller's channel: that of an operator whose telephone died while the caller was held."""

SENT_BY: Final = "CENTRALA_SENT_BY"
"""Extension of the operator to whom a caller returns when a transfer fails."""

SNOOP: Final = "CENTRALA_SNOOP"
"""On a supervisor's channel: the operator's channel that is listened to."""

ALL: Final = (
    *(IVR_DONE, LANGUAGE, QUEUE, DID, AGI_TOKEN, SYNTHETIC, ORDER, RECORDING, ALARM),
    *(OWN_OPERATOR, QUEUED_AT, WAITING, SOUND, CALLBACK, OPERATOR, LOST_UNTIL),
    *(HOLDER, HELD, DIED, SENT_BY, SNOOP),
)


class Destination:
    """Where the dialplan goes when the AGI server has finished: extensions of context `after-ivr`."""

    QUEUE: Final = "queue"
    MESSAGE: Final = "message"
    HANGUP: Final = "hangup"
    ALL: Final = (QUEUE, MESSAGE, HANGUP)

    DIAL: Final = "dial"
    """Not an extension: the route `callback_turn` lets the dialplan ring the citizen."""


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
    ALARM: Final = "alarm"
    """An alarm read out on a duty phone, with the key of whoever takes it."""
    CALLBACK: Final = "callback"
    """One who waits pressed the key to be called back; subject: queue, time and priority of the place."""
    CALLBACK_TURN: Final = "callback_turn"
    """An operator is reached for a callback: may the citizen be dialled? Subject: the callback's number."""
    ALL: Final = (INBOUND, MESSAGE, NOTICE, ORDER, ALARM, CALLBACK, CALLBACK_TURN)


USER_EVENT_FALLBACK: Final = "CENTRALA_FALLBACK"
"""CEL user-defined event that the pure dialplan writes when no AGI server answered; extra = the spool file's stem."""


class OperatorLost:
    """How the dialplan tells that a caller lost an operator in mid-call: CEL user events, and one AMI user event."""

    CONTEXT: Final = "operator-lost"
    """Where the caller is kept; a Redirect to its extension `s` brings one there."""
    INTERRUPTED: Final = "CENTRALA_INTERRUPTED"
    """The operator's phone died; extra = its endpoint."""
    GIVEN_BACK: Final = "CENTRALA_GIVEN_BACK"
    """The same operator answered; extra = the phone's channel."""
    GIVEN_UP: Final = "CENTRALA_GIVEN_UP"
    """The operator did not come back in time: to the head of the queue; extra = the endpoint."""
    AMI_EVENT: Final = "CentralaOperatorLost"
    """`UserEvent` with `What: interrupted|given-back|given-up` and `Operator:` an endpoint or a channel."""
    ALL_EVENTS: Final = (INTERRUPTED, GIVEN_BACK, GIVEN_UP)


USER_EVENT_CALL: Final = "CentralaCall"
"""AMI user event by which the dialplan tells how a transfer or a consultation goes: a hint for the live pages."""
