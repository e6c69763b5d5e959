"""The tables of the store. Their names start with `tagstack_`, so that they may share a database with others."""

from __future__ import annotations

import sqlalchemy as sa

from tagstack.store.columns import Json, Moment, long_text, name

VERSION_TABLE = "tagstack_revision"
"""Where Alembic notes the schema's revision; not its usual name, which MLflow and ZenML take in their databases."""

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

SUGGESTIONS = sa.Table(
    "tagstack_suggestions",
    METADATA,
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
"""What was suggested; `title` and `body` only where the settings ask to keep them."""

DECISIONS = sa.Table(
    "tagstack_decisions",
    METADATA,
    sa.Column("key", name(128), primary_key=True),
    sa.Column("suggestion_id", name(64), sa.ForeignKey(SUGGESTIONS.c.id), nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False, index=True),
    sa.Column("kept", Json, nullable=False),
    sa.Column("added", Json, nullable=False),
)
"""What people made of a suggestion; the newest decision on it counts."""

PROMOTIONS = sa.Table(
    "tagstack_promotions",
    METADATA,
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
"""Every promotion and rollback. `open_for` is the model's name while it is open and null afterwards."""

# Unique but for nulls: at most one open promotion of a model. SQL Server alone takes two nulls for equal.
sa.Index(
    "uq_tagstack_promotions_open_for", PROMOTIONS.c.open_for, unique=True, mssql_where=sa.text("open_for IS NOT NULL")
)

TARGETS = sa.Table(
    "tagstack_targets",
    METADATA,
    sa.Column("model_name", name(128), primary_key=True),
    sa.Column("version", sa.Integer),
    sa.Column("sha256", sa.String(64)),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
)
"""What every replica shall serve; without a version, nothing. The row stays, so that revisions only ever grow."""

REPLICAS = sa.Table(
    "tagstack_replicas",
    METADATA,
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
"""Which processes serve, and what each of them serves."""

DRIFT_RUNS = sa.Table(
    "tagstack_drift_runs",
    METADATA,
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
"""What every drift run found and decided, and the training that it started."""

sa.Index("uq_tagstack_drift_runs_run", DRIFT_RUNS.c.model_name, DRIFT_RUNS.c.run_id, unique=True)
sa.Index("ix_tagstack_drift_runs_as_of", DRIFT_RUNS.c.model_name, DRIFT_RUNS.c.as_of)

ALERTS = sa.Table(
    "tagstack_alerts",
    METADATA,
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
"""Findings that were mailed or wait to be, and until when they lasted."""
