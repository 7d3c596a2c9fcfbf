"""The tables, as this version of the service reads and writes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

LONGEST_TENANT = 400
"""Characters of a tenant that an index can hold; a longer one is cut off where one counts by it."""

NONCES = Table(
    "nonces",
    METADATA,
    Column("token", String(64), primary_key=True),
    Column("until", Float, nullable=False),
    Index("ix_nonces_until", "until"),
)
"""Tokens that were used: a hash of issuer and `jti`, and when (seconds since 1970) it expires."""

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("received", DateTime(timezone=True), nullable=False),
    Column("service", String(100), nullable=False),
    Column("client", String(100), nullable=False),
    Column("tenant", Text, nullable=True),
    Column("card", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("suggestions", Text, nullable=False),
    Column("reason_code", Text, nullable=True),
    Column("reason_system", Text, nullable=True),
    Column("reason_display", Text, nullable=True),
    Column("comment", Text, nullable=True),
    Column("outcome_timestamp", String(40), nullable=False),
    Index("ix_feedback_card", "card"),
    Index("ix_feedback_received", "received"),
)
"""What clinicians did with cards; `digest` is of all that the client said, so that a repeat is
stored once. `suggestions` is a JSON list of ids."""

CALLS = Table(
    "calls",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("day", Date, nullable=False),
    Column("service", String(100), nullable=False),
    Column("client", String(100), nullable=False),
    Column("tenant", Text, nullable=True),
    Column("hook_instance", String(100), nullable=True),
    Column("patient", String(64), nullable=True),
    Column("patient_key", String(16), nullable=True),
    Column("knowledge", String(100), nullable=False),
    Column("site", String(100), nullable=True),
    Column("mode", String(10), nullable=False),
    Column("status", Integer, nullable=False),
    Column("why", String(100), nullable=True),
    Column("incomplete", Text, nullable=False),
    Column("outcomes", Text, nullable=False),
    Column("duration_ms", Float, nullable=False),
    Index("ix_calls_day", "day"),
    Index("ix_calls_patient", "patient"),
)
"""One row a call. `day` is the date at the site; `incomplete` a JSON list of names; `outcomes` a
JSON list of `service.records.record.Verdict`: the criteria that were met or unknown."""

CARDS = Table(
    "cards",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("call", String(36), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("day", Date, nullable=False),
    Column("service", String(100), nullable=False),
    Column("client", String(100), nullable=False),
    Column("tenant", Text, nullable=True),
    Column("patient", String(64), nullable=True),
    Column("criterion", String(100), nullable=False),
    Column("urgency", String(20), nullable=True),
    Column("indicator", String(20), nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("says", Text, nullable=False),
    Index("ix_cards_call", "call"),
    Index("ix_cards_day", "day"),
    Index("ix_cards_patient", "patient"),
)
"""One row a card, led by `criterion`; `id` is what feedback names, `says` a JSON object of what
each criterion on it rested on."""

MET = Table(
    "met",
    METADATA,
    Column("call", String(36), primary_key=True),
    Column("criterion", String(100), primary_key=True),
    Column("day", Date, nullable=False),
    Column("client", String(100), nullable=False),
    Column("tenant", Text, nullable=True),
    Column("version", Integer, nullable=False),
    Column("urgency", String(20), nullable=False),
    Column("held_back_by", Text, nullable=False),
    Index("ix_met_day", "day"),
)
"""One row for each criterion that a call met; `held_back_by` is a JSON list."""

UNKNOWNS = Table(
    "unknowns",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("service", String(100), primary_key=True),
    Column("client", String(100), primary_key=True),
    Column("tenant", String(LONGEST_TENANT), primary_key=True),
    Column("criterion", String(100), primary_key=True),
    Column("finding", String(100), primary_key=True),
    Column("calls", Integer, nullable=False),
)
"""How many calls of a day left a criterion unknown for want of a finding; an empty finding counts
each such call once, an empty tenant is none."""

CONFIRMED = Table(
    "confirmed",
    METADATA,
    Column("call", String(36), primary_key=True),
    Column("criterion", String(100), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("day", Date, nullable=False),
    Column("client", String(100), nullable=False),
    Column("tenant", Text, nullable=True),
    Column("patient", String(64), nullable=False),
    Index("ix_confirmed_patient", "patient"),
    Index("ix_confirmed_day", "day"),
)
"""The calls whose chart held a criterion's diagnosis as confirmed, or treated."""
