"""What was said in each call, and what it rested on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of calls and cards, and let old feedback be found."""
    op.create_index("ix_feedback_received", "feedback", ["received"])
    op.create_table(
        "calls",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("tenant", sa.Text, nullable=True),
        sa.Column("hook_instance", sa.String(100), nullable=True),
        sa.Column("patient", sa.String(64), nullable=True),
        sa.Column("patient_key", sa.String(16), nullable=True),
        sa.Column("knowledge", sa.String(100), nullable=False),
        sa.Column("site", sa.String(100), nullable=True),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("why", sa.String(100), nullable=True),
        sa.Column("incomplete", sa.Text, nullable=False),
        sa.Column("outcomes", sa.Text, nullable=False),
        sa.Column("duration_ms", sa.Float, nullable=False),
    )
    op.create_index("ix_calls_day", "calls", ["day"])
    op.create_index("ix_calls_patient", "calls", ["patient"])
    op.create_table(
        "cards",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("call", sa.String(36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("tenant", sa.Text, nullable=True),
        sa.Column("patient", sa.String(64), nullable=True),
        sa.Column("criterion", sa.String(100), nullable=False),
        sa.Column("urgency", sa.String(20), nullable=True),
        sa.Column("indicator", sa.String(20), nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
    )
    op.create_index("ix_cards_call", "cards", ["call"])
    op.create_index("ix_cards_day", "cards", ["day"])
    op.create_index("ix_cards_patient", "cards", ["patient"])
    op.create_table(
        "met",
        sa.Column("call", sa.String(36), primary_key=True),
        sa.Column("criterion", sa.String(100), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("tenant", sa.Text, nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("urgency", sa.String(20), nullable=False),
        sa.Column("held_back_by", sa.Text, nullable=False),
    )
    op.create_index("ix_met_day", "met", ["day"])
    op.create_table(
        "unknowns",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("service", sa.String(100), primary_key=True),
        sa.Column("client", sa.String(100), primary_key=True),
        sa.Column("tenant", sa.String(400), primary_key=True),
        sa.Column("criterion", sa.String(100), primary_key=True),
        sa.Column("finding", sa.String(100), primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
    )
    op.create_table(
        "confirmed",
        sa.Column("call", sa.String(36), primary_key=True),
        sa.Column("criterion", sa.String(100), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("tenant", sa.Text, nullable=True),
        sa.Column("patient", sa.String(64), nullable=False),
    )
    op.create_index("ix_confirmed_patient", "confirmed", ["patient"])
    op.create_index("ix_confirmed_day", "confirmed", ["day"])
