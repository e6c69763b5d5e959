"""The `Posts` table of Stack Exchange: how we write it, and how we find it in a database that others wrote.

Columns are those of the public data dump and the Data Explorer
(https://meta.stackexchange.com/questions/2677/database-schema-documentation-for-the-public-data-dump-and-sede).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tagstack.errors import SourceError
from tagstack.questions.values import read_instant

QUESTION = 1
ANSWER = 2


class Moment(sa.types.TypeDecorator[Any]):
    """A UTC instant: a native timestamp, and on SQLite the dump's own ISO text, whatever it says."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Choose text on SQLite."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.DateTime())

    def process_bind_param(self, value: str | dt.datetime | None, dialect: sa.Dialect) -> str | dt.datetime | None:
        """Accept naive datetimes and ISO text; text that is no instant is kept on SQLite and null elsewhere."""
        if dialect.name == "sqlite":
            return value.isoformat(timespec="milliseconds") if isinstance(value, dt.datetime) else value
        moment, _ = read_instant(value)
        return moment and moment.replace(tzinfo=None)


METADATA = sa.MetaData()
POSTS = sa.Table(
    "Posts",
    METADATA,
    sa.Column("Id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("PostTypeId", sa.SmallInteger, nullable=False),
    sa.Column("CreationDate", Moment),
    sa.Column("Score", sa.Integer),
    sa.Column("ViewCount", sa.Integer),
    sa.Column("Body", sa.Text),
    sa.Column("OwnerUserId", sa.BigInteger),
    sa.Column("OwnerDisplayName", sa.Text),
    sa.Column("LastEditDate", Moment),
    sa.Column("Title", sa.Text),
    sa.Column("Tags", sa.Text),
    sa.Column("AnswerCount", sa.Integer),
    sa.Column("ClosedDate", Moment),
    sa.Column("ContentLicense", sa.Text),
    # Everything a watermark asks for, so that it reads the index alone.
    sa.Index("PostsWatermark", "PostTypeId", "CreationDate", "Id", "LastEditDate"),
)

_WHOLE: tuple[type[Any], ...] = (sa.Integer, sa.Numeric)
_INSTANT: tuple[type[Any], ...] = (sa.DateTime, sa.Date, sa.String)
_TEXT: tuple[type[Any], ...] = (sa.String,)
REQUIRED: dict[str, tuple[type[Any], ...]] = {
    "Id": (sa.Integer,),
    "PostTypeId": _WHOLE,
    "CreationDate": _INSTANT,
    "Title": _TEXT,
    "Body": _TEXT,
    "Tags": _TEXT,
}
"""Columns without which nothing can be read, and the types they may have."""
OPTIONAL: dict[str, tuple[type[Any], ...]] = {"Score": _WHOLE, "LastEditDate": _INSTANT}
"""Columns that are read where they exist."""
PERSONAL = frozenset({"OwnerUserId", "OwnerDisplayName", "LastEditorUserId", "LastEditorDisplayName"})
"""Columns that are never selected."""


@dataclass(frozen=True)
class PostsColumns:
    """Where a database keeps its posts: the names it uses, by the names of the dump.

    Attributes:
        table: The table's or view's own name.
        names: The column's own name by its name in the dump; optional columns only where they exist.
        kinds: The column's declared type by its name in the dump.
    """

    table: str
    names: Mapping[str, str]
    kinds: Mapping[str, sa.types.TypeEngine[Any]]


def find_posts(connection: sa.Connection, *, where: str) -> PostsColumns:
    """Find the `Posts` table or view and its columns, whatever the case of their names.

    Args:
        connection: A connection to the database.
        where: The database's address, for messages.

    Raises:
        SourceError: The table or a required column is missing, or a column has a type that cannot hold it.
    """
    inspector = sa.inspect(connection)
    table = _match("Posts", [*inspector.get_table_names(), *inspector.get_view_names()])
    if table is None:
        raise SourceError(f"{where} has no table Posts; import a data dump into it, or name another database.")
    declared = {column["name"]: column["type"] for column in inspector.get_columns(table)}
    names = {name: found for name in (*REQUIRED, *OPTIONAL) if (found := _match(name, declared))}
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise SourceError(
            f"Table {table} in {where} has no column {', '.join(missing)}; add it, or make a view Posts that has it."
        )
    kinds = {name: declared[names[name]] for name in names}
    for name, kind in kinds.items():
        _check_kind(name, kind, where=f"{table} in {where}")
    return PostsColumns(table, names, kinds)


def _match(wanted: str, names: Iterable[str]) -> str | None:
    """The exact name, else the first that differs in case only."""
    near = [name for name in names if name.lower() == wanted.lower()]
    return wanted if wanted in near else next(iter(sorted(near)), None)


def _check_kind(name: str, kind: sa.types.TypeEngine[Any], *, where: str) -> None:
    allowed = (REQUIRED | OPTIONAL)[name]
    # SQLite's views and expressions declare no type at all: their values are checked one by one.
    if not isinstance(kind, (*allowed, sa.types.NullType)):
        expected = " or ".join(option.__name__.upper() for option in allowed)
        raise SourceError(
            f"Column {name} of {where} is of type {kind}, not {expected}; convert it, or make a view Posts that does."
        )
