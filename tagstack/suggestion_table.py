"""A table of suggestions in any SQL database: a row a question, written by key."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import make_url

from tagstack.errors import StorageError, UsageError
from tagstack.questions.database import address, check_url, open_connection, sql_errors

WRITE_PASSWORD_VARIABLE = "TAGSTACK_WRITE_PASSWORD"  # noqa: S105 - the name of a variable, not its value
KEY = "post_id"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_ADVICE = "check that you may write there, or name another database by --write-url"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Stamp:
    """What a row's suggestions were made of: it is up to date where all of it is still so.

    Attributes:
        model_sha256: Of the model.
        question_sha256: Of the question.
        ranked: How many ranked tags there are.
    """

    model_sha256: str
    question_sha256: str
    ranked: int


@dataclass(frozen=True)
class SuggestionTable:
    """An open table; a context manager that closes its connection.

    Attributes:
        connection: One that may write.
        table: As `define_table` describes it.
        url: The database's address, without a password.
    """

    connection: sa.Connection
    table: sa.Table
    url: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()

    def stamps(self, ids: Sequence[int]) -> dict[int, Stamp]:
        """Return what the rows of some questions were made of; no entry where there is no row."""
        column = self.table.c
        chosen = sa.select(column.post_id, column.model_sha256, column.question_sha256, column.top)
        with sql_errors(f"Cannot read {self}", _ADVICE, kind=StorageError), self.connection.begin():
            rows = self.connection.execute(chosen.where(column.post_id.in_(ids))).all()
        return {row.post_id: Stamp(row.model_sha256, row.question_sha256, len(row.top or ())) for row in rows}

    def write(self, rows: Sequence[Row]) -> None:
        """Insert or replace rows by their key, all of them or none.

        Raises:
            StorageError: The database refuses them.
        """
        now = dt.datetime.now(dt.UTC)
        stamped = [{**row, "suggested_at": now} for row in rows]
        with sql_errors(f"Cannot write {self}", _ADVICE, kind=StorageError), self.connection.begin():
            statement = upsert(self.table, self.connection.dialect.name)
            if statement is not None:
                self.connection.execute(statement, stamped)
            else:
                _update_and_insert(self.connection, self.table, stamped)

    def __str__(self) -> str:
        return f"the table {self.table.name} in {self.url}"


def define_table(name: str) -> sa.Table:
    """Return the table as it is to be; raises UsageError where the name is none, or that of the questions' table.

    `post_id` is the key; `suggested`, `top` and `scores` are JSON lists; `suggested_at` is UTC.

    >>> define_table("suggestions").c.keys()[:4]
    ['post_id', 'suggested', 'top', 'scores']
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a table; --write-table takes up to 63 letters, digits and underscores."
        )
    if name.lower() == "posts":
        raise UsageError(f"{name} is the table of the questions; name another one with --write-table.")
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column(KEY, sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("suggested", sa.JSON, nullable=False),
        sa.Column("top", sa.JSON, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("model_version", sa.Integer, nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("question_sha256", sa.String(64), nullable=False),
        sa.Column("suggested_at", sa.DateTime(timezone=True), nullable=False),
    )


def open_table(url: str, table: sa.Table, *, password: str | None = None) -> SuggestionTable:
    """Open a table of suggestions; one that is missing is made.

    Args:
        url: Any SQLAlchemy URL.
        table: From `define_table`.
        password: Of the database, where the URL has none; else that of the questions' database is taken.

    Raises:
        UsageError: There is a table of that name with other columns, or the URL says that it is for reading only.
        SourceError: The database cannot be reached.
        StorageError: The table cannot be made.
    """
    where = address(url)
    if make_url(check_url(url)[0]).query.get("mode") == "ro":
        raise UsageError(f"{where} is named for reading only (mode=ro); name another database by --write-url.")
    opened = SuggestionTable(open_connection(_with_password(url, password), read_only=False), table, where)
    try:
        with sql_errors(f"Cannot make {opened}", _ADVICE, kind=StorageError), opened.connection.begin():
            _require_columns(opened)
            table.create(opened.connection, checkfirst=True)
    except BaseException:
        opened.connection.close()
        raise
    return opened


def upsert(table: sa.Table, dialect: str) -> sa.Insert | None:
    """Return the dialect's statement that inserts a row or replaces the one with its key; None where it has none."""
    names = [column.name for column in table.c if column.name != KEY]
    if dialect in {"mysql", "mariadb"}:
        new = mysql.insert(table)
        return new.on_duplicate_key_update({name: new.inserted[name] for name in names})
    if dialect in {"postgresql", "sqlite"}:
        row = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
        return row.on_conflict_do_update(index_elements=[KEY], set_={name: row.excluded[name] for name in names})
    return None


def _update_and_insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    key = table.c[KEY]
    known = set(connection.scalars(sa.select(key).where(key.in_([row[KEY] for row in rows]))))
    if old := [{**row, "the_key": row[KEY]} for row in rows if row[KEY] in known]:
        connection.execute(sa.update(table).where(key == sa.bindparam("the_key")), old)
    if new := [row for row in rows if row[KEY] not in known]:
        connection.execute(sa.insert(table), new)


def _require_columns(opened: SuggestionTable) -> None:
    """Nothing is written to a table that is not ours."""
    inspector, name = sa.inspect(opened.connection), opened.table.name
    if not inspector.has_table(name):
        return
    wanted, found = list(opened.table.c.keys()), [column["name"] for column in inspector.get_columns(name)]
    if set(found) != set(wanted):
        raise UsageError(
            f"{opened} has the columns {', '.join(found)} and not {', '.join(wanted)}; "
            "name another one with --write-table."
        )
    if inspector.get_pk_constraint(name)["constrained_columns"] != [KEY]:
        raise UsageError(f"{opened} does not have {KEY} as its primary key; name another one with --write-table.")


def _with_password(url: str, password: str | None) -> str:
    safe, own = check_url(url)
    return make_url(safe).set(password=own or password).render_as_string(hide_password=False)
