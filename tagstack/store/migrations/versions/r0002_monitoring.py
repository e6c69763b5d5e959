"""What drift runs found and decided, and which findings were mailed."""

import sqlalchemy as sa
from alembic import op

from tagstack.store.columns import Json, Moment, name

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    _drift_runs()
    _alerts()


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("tagstack_alerts")
    op.drop_table("tagstack_drift_runs")


def _drift_runs() -> None:
    op.create_table(
        "tagstack_drift_runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", name(64), nullable=False),
        sa.Column("model_name", name(128), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("as_of", Moment, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.Column("questions", sa.Integer, nullable=False),
        sa.Column("labelled", sa.Integer, nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("enough_data", sa.Boolean, nullable=False),
        sa.Column("metrics", Json, nullable=False),
        sa.Column("scores", Json, nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("training_run", sa.String(64)),
        sa.Column("trained_version", sa.Integer),
        sa.Column("created_at", Moment, nullable=False),
    )
    op.create_index("uq_tagstack_drift_runs_run", "tagstack_drift_runs", ["model_name", "run_id"], unique=True)
    op.create_index("ix_tagstack_drift_runs_as_of", "tagstack_drift_runs", ["model_name", "as_of"])


def _alerts() -> None:
    op.create_table(
        "tagstack_alerts",
        sa.Column("model_name", name(128), primary_key=True),
        sa.Column("fingerprint", name(64), primary_key=True),
        sa.Column("seen_at", Moment, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("sent_at", Moment),
        sa.Column("resolved_at", Moment),
        sa.Column("subject", sa.String(200), nullable=False),
    )
