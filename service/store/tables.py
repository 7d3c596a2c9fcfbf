"""The tables, as this version of the service reads and writes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
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
)
"""What clinicians did with cards; `digest` is of all that the client said, so that a repeat is
stored once. `suggestions` is a JSON list of ids."""
