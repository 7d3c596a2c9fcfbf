"""Used tokens, and what became of the cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "nonces",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("until", sa.Float, nullable=False),
    )
    op.create_index("ix_nonces_until", "nonces", ["until"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("tenant", sa.Text, nullable=True),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("suggestions", sa.Text, nullable=False),
        sa.Column("reason_code", sa.Text, nullable=True),
        sa.Column("reason_system", sa.Text, nullable=True),
        sa.Column("reason_display", sa.Text, nullable=True),
        sa.Column("comment", sa.Text, nullable=True),
        sa.Column("outcome_timestamp", sa.String(40), nullable=False),
    )
    op.create_index("ix_feedback_card", "feedback", ["card"])
