"""Tables of the main database, as SQLAlchemy Core. Owns names and types; must not know who reads them.

Nothing here identifies a citizen: numbers and names live in the identity store (`identity_tables.py`), and these
tables carry only `caller_token`, a keyed hash that says "the same number again" to those who hold the identity key.
Times are stored in UTC. Enumerations are stored as their words.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema import BigId, UtcDateTime, metadata

calls = Table(
    "calls",
    metadata,
    Column("linkedid", String(64), primary_key=True),
    Column("direction", String(16), nullable=False, default="inbound"),  # inbound | internal | outbound
    Column("did", String(32)),
    Column("caller_kind", String(16)),
    Column("caller_token", String(64), index=True),
    Column("language", String(8)),
    Column("arrived_at", UtcDateTime, nullable=False, index=True),
    Column("answered_at", UtcDateTime),  # by the machine
    Column("queued_at", UtcDateTime),
    Column("operator_answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("queue", String(64)),
    Column("operator", String(32)),  # extension that answered
    Column("outcome", String(32)),  # calls' outcome words, see storage/call_repository.py
    Column("hangup_cause", Integer),
    Column("case_number", String(20)),
    Column("synthetic", Boolean, nullable=False, default=False),
    Column("search_text", Text, nullable=False, default=""),
)

call_steps = Table(
    "call_steps",
    metadata,
    Column("linkedid", String(64), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("node", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)

cel_rows = Table(
    "cel_rows",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("source", String(128), nullable=False),  # file identity and byte offset: the idempotency key
    Column("event", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("linkedid", String(64), nullable=False, index=True),
    Column("uniqueid", String(64), nullable=False),
    Column("channel", String(128), nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("source"),
)

call_legs = Table(
    "call_legs",
    metadata,
    Column("uniqueid", String(64), primary_key=True),
    Column("linkedid", String(64), nullable=False, index=True),
    Column("channel", String(128), nullable=False),
    Column("extension", String(32)),  # operator's extension when it is one
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("cause", Integer),
)

missed_calls = Table(
    "missed_calls",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("linkedid", String(64), nullable=False, unique=True),
    Column("reason", String(32), nullable=False),  # abandoned_menu | abandoned_queue | failed | refused | after_hours
    Column("last_step", String(128), nullable=False, default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("waited", Float, nullable=False, default=0.0),  # seconds in the queue
    Column("closed_at", UtcDateTime),
    Column("closed_by", String(64)),
    Column("closed_how", String(16)),  # callback | case | reason
    Column("closed_note", Text),
)

recordings = Table(
    "recordings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("linkedid", String(64), nullable=False, index=True),
    Column("path", Text, nullable=False),  # relative to the recordings folder
    Column("kind", String(16), nullable=False),  # call | message | order | notice
    Column("started_at", UtcDateTime, nullable=False),
    Column("seconds", Float),
    Column("state", String(16), nullable=False),  # recording | complete | repaired | partial | missing
    Column("bytes", BigInteger),
)

cases = Table(
    "cases",
    metadata,
    Column("number", String(20), primary_key=True),  # digits only; shown as calls.ids.CaseNumber prints it
    Column("kind", String(16), nullable=False),  # request | information | suggestion | complaint
    Column("channel", String(16), nullable=False),  # phone | web | email | sms | fax | letter | in_person | mobile
    Column("status", String(16), nullable=False, index=True),
    Column("service_code", String(64)),
    Column("organisation", String(64)),
    Column("description", Text, nullable=False, default=""),
    Column("street", String(200), nullable=False, default=""),
    Column("house_number", String(20), nullable=False, default=""),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("language", String(8), nullable=False, default="sr"),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("owner", String(64), nullable=False),  # user name or organisation: a case always has one
    Column("created_by", String(64), nullable=False),
    Column("pin_hash", String(64), nullable=False),
    Column("linkedid", String(64), index=True),  # the call that opened it
    Column("version", Integer, nullable=False, default=1),
    Column("search_text", Text, nullable=False, default=""),  # folded, see storage/search_text.py
)

case_events = Table(
    "case_events",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("case_number", String(20), ForeignKey("cases.number"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(32), nullable=False),  # created | transition | note | call | message | order | photo | edit
    Column("actor", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("source", String(160), unique=True),  # idempotency key of replayed facts
)

orders = Table(
    "orders",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_number", String(20), ForeignKey("cases.number"), nullable=False, index=True),
    Column("organisation", String(64), nullable=False),
    Column("crew", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),  # the sentences spoken, one per line
    Column("state", String(16), nullable=False),  # pending | calling | acknowledged | handed_over | failed
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", String(64)),
    Column("idempotency_key", String(128), unique=True),
)

order_attempts = Table(
    "order_attempts",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("order_id", String(32), ForeignKey("orders.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("path", String(32), nullable=False),  # radio | crew_phone | duty_phone
    Column("target", String(128), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(32)),  # acknowledged | more_time | handed_over | no_answer | no_key | wrong_key | failed
    Column("keys", String(32)),
    Column("recording", String(64)),
    Column("detail", Text),
    Column("reason", String(32)),  # cases/order_reasons.py
    Column("sip_code", Integer),
    UniqueConstraint("order_id", "number"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),  # order | notification | callback | hand_over
    Column("recipient", String(160), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),  # pending | sending | delivered | dead
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("taken_until", UtcDateTime),  # lease of the worker that is sending
    Column("delivered_at", UtcDateTime),
    Column("last_error", Text),
    Column("idempotency_key", String(160), nullable=False, unique=True),
)

users = Table(
    "users",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("role", String(16), nullable=False),  # operator | supervisor | utility | crew | administrator
    Column("display_name", String(120), nullable=False, default=""),
    Column("extension", String(16), unique=True),
    Column("organisation", String(64)),
    Column("password_hash", Text, nullable=False),
    Column("language", String(8), nullable=False, default=""),  # of the pages; empty: the town's
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("username", String(64), ForeignKey("users.username"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("stage", String(8), nullable=False, default="full"),  # code | enrol: the second factor is missing; full
    Column("address", String(64), nullable=False, default=""),
    Column("device", String(64), nullable=False, default=""),  # browser and system, for its owner to recognise
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),  # within a minute of the newest sign of life
    Column("expires_at", UtcDateTime, nullable=False),
)

operator_states = Table(
    "operator_states",
    metadata,
    Column("extension", String(16), primary_key=True),
    Column("username", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # offline | ready | paused | ringing | talking | wrapup | lost
    Column("reason", String(64), nullable=False, default=""),
    Column("since", UtcDateTime, nullable=False),
    Column("details", JSON, nullable=False, default=dict),  # the rest of agent_console/operators/desk.py's Desk
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object", String(160), nullable=False),
    Column("purpose", Text, nullable=False, default=""),
    Column("data", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

live_events = Table(
    "live_events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("data", JSON, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", String(64), primary_key=True),  # calls.alarms: disk_low, send_failed:ORDER, …
    Column("level", String(16), nullable=False),  # warning | critical
    Column("text", Text, nullable=False),
    Column("mend", Text, nullable=False, default=""),
    Column("since", UtcDateTime, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("data", JSON, nullable=False, default=dict, server_default="{}"),  # what a page's sentence names
)

read_positions = Table(
    "read_positions",
    metadata,
    Column("source", String(200), primary_key=True),  # journal or CEL file
    Column("position", BigInteger, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", String(200), primary_key=True),  # user + method + path + Idempotency-Key
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

Index("ix_audit_object", audit.c.object)
Index("ix_live_events_at", live_events.c.at)
Index("ix_outbox_due", outbox.c.state, outbox.c.next_attempt_at)
