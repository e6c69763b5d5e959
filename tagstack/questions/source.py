"""An open database of questions and the statements that are asked of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from tagstack.config import SourceSettings
from tagstack.questions.database import address, open_connection, sql_errors
from tagstack.questions.schema import QUESTION, PostsColumns, find_posts

READ = ("Id", "CreationDate", "Title", "Body", "Tags", "Score")
"""What is read of a question, by the dump's names, in the order of `tagstack.table.RAW_QUESTIONS`."""


@dataclass(frozen=True)
class Source:
    """A connection to a database with a `Posts` table; a context manager that closes it.

    Attributes:
        url: The database's address, without a password; an SQLite file is named by its absolute path.
        connection: Read-only on SQLite and PostgreSQL.
        posts: The table and its columns as this database names them.
    """

    url: str
    connection: sa.Connection
    posts: PostsColumns

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """Return a column by its name in the dump, without a type: values arrive as the database has them."""
        return sa.column(self.posts.names[name])

    def table(self) -> sa.TableClause:
        """Return the table for a FROM clause."""
        return sa.table(self.posts.table)

    def questions(self, settings: SourceSettings | None = None, *, by_id: bool = False) -> sa.ColumnElement[bool]:
        """Return the condition that a post is a question, and of the window where `settings` are given.

        A question without a readable CreationDate belongs to no window that has a bound. With `by_id` the condition
        leaves other indexes alone: SQLite would walk one of them for every range of Ids.
        """
        kind, date = self.column("PostTypeId"), self.column("CreationDate")
        if by_id:
            kind, date = sa.func.coalesce(kind, kind), sa.func.coalesce(date, date)
        conditions = [kind == QUESTION]
        if settings and settings.since:
            conditions.append(date >= self._bound(settings.since))
        if settings and settings.until:
            conditions.append(date < self._bound(settings.until))
        return sa.and_(*conditions)

    def date(self) -> sa.ColumnElement[Any]:
        """Return CreationDate, and null for text that is no date: it would pass for the greatest."""
        date = self.column("CreationDate")
        return sa.case((date.like("____-__-__%"), date)) if self._dates_are_text() else date

    def as_text(self, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Have PostgreSQL write an instant out, as its `infinity` is no Python datetime."""
        return sa.cast(moment, sa.Text) if self.connection.dialect.name == "postgresql" else moment

    def rows(self) -> sa.Select[Any]:
        """Return the statement that reads `READ` of posts; never a personal column."""
        score = self.column("Score") if "Score" in self.posts.names else sa.literal_column("0")
        columns = {name: self.column(name) for name in READ if name != "Score"}
        columns["CreationDate"] = self.as_text(columns["CreationDate"])
        labelled = [column.label(f"{name}_") for name, column in (columns | {"Score": score}).items()]
        return sa.select(*labelled).select_from(self.table())

    def _bound(self, day: dt.date) -> str | dt.date:
        """The first instant of a UTC day, in the column's own type."""
        kind = self.posts.kinds["CreationDate"]
        if self._dates_are_text():
            return day.isoformat()
        if isinstance(kind, sa.Date):
            return day
        zone = dt.UTC if getattr(kind, "timezone", False) else None
        return dt.datetime.combine(day, dt.time.min, tzinfo=zone)

    def _dates_are_text(self) -> bool:
        kind = self.posts.kinds["CreationDate"]
        return self.connection.dialect.name == "sqlite" or not isinstance(kind, sa.Date | sa.DateTime)


def open_source(url: str) -> Source:
    """Open a database of questions for reading.

    Args:
        url: Any SQLAlchemy URL; the password may come from ``TAGSTACK_DATABASE_PASSWORD`` instead.

    Raises:
        SourceError: The database cannot be reached, its driver is missing, it has no `Posts` table, or a column is
            missing or has a type that cannot hold it.
    """
    where = address(url)
    connection = open_connection(url, read_only=True)
    try:
        with sql_errors(f"Cannot read the tables of {where}", "check that it is a database and that you may read it"):
            return Source(where, connection, find_posts(connection, where=where))
    except BaseException:
        connection.close()
        raise
