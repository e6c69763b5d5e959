"""The first tables: suggestions, decisions, promotions, targets, replicas."""

import sqlalchemy as sa
from alembic import op

from tagstack.store.columns import Json, Moment, long_text, name

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _feedback()
    _promotions()
    _rollout()


def downgrade() -> None:
    """Drop the tables and what they hold."""
    for table in ("replicas", "targets", "promotions", "decisions", "suggestions"):
        op.drop_table(f"tagstack_{table}")


def _feedback() -> None:
    op.create_table(
        "tagstack_suggestions",
        sa.Column("id", name(64), primary_key=True),
        sa.Column("created_at", Moment, nullable=False, index=True),
        sa.Column("model_version", sa.Integer, nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("question_sha256", sa.String(64), nullable=False),
        sa.Column("post_id", sa.BigInteger),
        sa.Column("suggested", Json, nullable=False),
        sa.Column("top", Json, nullable=False),
        sa.Column("scores", Json, nullable=False),
        sa.Column("title", long_text()),
        sa.Column("body", long_text()),
    )
    op.create_table(
        "tagstack_decisions",
        sa.Column("key", name(128), primary_key=True),
        sa.Column("suggestion_id", name(64), sa.ForeignKey("tagstack_suggestions.id"), nullable=False, index=True),
        sa.Column("created_at", Moment, nullable=False, index=True),
        sa.Column("kept", Json, nullable=False),
        sa.Column("added", Json, nullable=False),
    )


def _promotions() -> None:
    op.create_table(
        "tagstack_promotions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model_name", name(128), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("heartbeat_at", Moment, nullable=False),
        sa.Column("who", sa.String(255), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("process_started", sa.Double, nullable=False),
        sa.Column("from_version", sa.Integer),
        sa.Column("to_version", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("metrics", Json, nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("open_for", name(128)),
    )
    op.create_index(
        "uq_tagstack_promotions_open_for",
        "tagstack_promotions",
        ["open_for"],
        unique=True,
        mssql_where=sa.text("open_for IS NOT NULL"),
    )


def _rollout() -> None:
    op.create_table(
        "tagstack_targets",
        sa.Column("model_name", name(128), primary_key=True),
        sa.Column("version", sa.Integer),
        sa.Column("sha256", sa.String(64)),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
    )
    op.create_table(
        "tagstack_replicas",
        sa.Column("id", name(64), primary_key=True),
        sa.Column("model_name", name(128), nullable=False, index=True),
        sa.Column("address", sa.String(255), nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("revision", sa.Integer),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("started_at", Moment, nullable=False),
    )
