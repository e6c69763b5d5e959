"""Column types that mean the same on every database: UTC instants, exact names, JSON as text."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql


class Moment(sa.types.TypeDecorator[dt.datetime]):
    """An aware UTC datetime with microseconds: `timestamptz` on PostgreSQL, elsewhere a naive column in UTC."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the type that keeps microseconds."""
        exact: dict[str, sa.types.TypeEngine[Any]] = {
            "postgresql": sa.DateTime(timezone=True),
            "mysql": mysql.DATETIME(fsp=6),
            "mariadb": mysql.DATETIME(fsp=6),
            "mssql": mssql.DATETIME2(6),  # type: ignore[no-untyped-call]
        }
        return dialect.type_descriptor(exact.get(dialect.name, sa.DateTime()))

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Refuse naive datetimes, as nobody can tell what they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; pass an aware datetime.")
        value = value.astimezone(dt.UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Return an aware datetime in UTC."""
        if value is None:
            return None
        return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)


class Json(sa.types.TypeDecorator[Any]):
    """A small value as compact ASCII JSON in a text column, readable by every tool and without a dialect's limits."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """Write JSON."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> object:  # noqa: ARG002
        """Read JSON."""
        return None if value is None else json.loads(value)


def name(length: int) -> sa.String:
    """Return a text type for names and keys; MySQL would else take `a` and `A` for the same key."""
    return sa.String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def long_text() -> sa.Text:
    """Return a text type for whole questions, which MySQL's TEXT cuts at 64 KB."""
    return sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def now() -> dt.datetime:
    """Return this moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)
