"""Connections to any SQL database, with one-line errors that never show a password."""

from __future__ import annotations

import os
import re
import sqlite3
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from tagstack.errors import SourceError, TagstackError

PASSWORD_VARIABLE = "TAGSTACK_DATABASE_PASSWORD"  # noqa: S105 - the name of a variable, not its value
CONNECT_SECONDS = 10
_SECRET_PARAMETER = re.compile(r"pass|pwd|secret|token|credential|api_?key", re.IGNORECASE)
_NO_SECRET = frozenset({"passfile"})
_TIMED_DRIVERS = frozenset({"psycopg", "psycopg2", "pymysql", "mysqldb"})


def check_url(url: str) -> tuple[str, str | None]:
    """Split the password off a database URL, so that what settings and artifacts keep never holds a secret.

    Returns:
        The URL without its password, and the password (None where there is none).

    Raises:
        SourceError: The URL is malformed, names no SQLite file, or carries a secret as a query parameter.

    >>> check_url("postgresql+psycopg://reader:s3cret@db.example.org/so")
    ('postgresql+psycopg://reader@db.example.org/so', 's3cret')
    """
    parsed = _parse(url)
    password = str(parsed.password) if parsed.password else None
    return parsed._replace(password=None).render_as_string(hide_password=False), password


def address(url: str) -> str:
    """Return `url` without its password and, for SQLite, with the file's absolute path."""
    parsed = make_url(check_url(url)[0])
    if _is_sqlite(parsed):
        parsed = parsed.set(database=str(_sqlite_file(parsed)), query={})
    return parsed.render_as_string(hide_password=False)


def open_connection(url: str, *, read_only: bool) -> Connection:
    """Connect to a database; closing the connection leaves nothing open.

    A password comes from the URL, else from the environment variable ``TAGSTACK_DATABASE_PASSWORD``. With `read_only`,
    SQLite and PostgreSQL refuse every write, and an SQLite file that is not there is not created.

    Raises:
        SourceError: The URL is malformed, its driver is missing, or the database cannot be reached.
    """
    safe, password = check_url(url)
    password = password or os.environ.get(PASSWORD_VARIABLE)
    engine = _engine(make_url(safe), password, read_only=read_only)
    what = f"Cannot reach the database {address(url)}"
    with sql_errors(what, "check its address and that it runs", secret=password):
        connection = engine.connect()
    if read_only and connection.dialect.name == "postgresql":
        connection = connection.execution_options(postgresql_readonly=True)
    return connection


@contextmanager
def sql_errors(
    what: str, advice: str, *, secret: str | None = None, kind: type[TagstackError] = SourceError
) -> Iterator[None]:
    """Turn any error of SQLAlchemy or its driver into one line: `what` went wrong, the driver's reason, `advice`."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        reason = " ".join(str(cause).split())[:300].rstrip(" .?!")
        if not reason or (secret and secret in reason):
            reason = type(cause).__name__
        raise kind(f"{what}: {reason}; {advice}.") from None


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SourceError(
            "The database URL is malformed (not shown, it may hold a password); write "
            "dialect://user@host:port/database or sqlite:///file.db, "
            "and special characters as %40 for @, %3A for :, %2F for /."
        ) from None
    if "@" in f"{parsed.host}" or (parsed.password and "@" in f"{parsed.database}"):
        raise SourceError("The database URL holds an @ inside its user or password; write it as %40.")
    _refuse_secrets(parsed)
    if _is_sqlite(parsed) and not _sqlite_name(parsed):
        raise SourceError("The database URL sqlite:// names no file; write sqlite:///file.db.")
    return parsed


def _refuse_secrets(parsed: URL) -> None:
    for name, value in parsed.query.items():
        hidden = name.lower() == "odbc_connect" and "pwd=" in f"{value}".lower()
        if hidden or (_SECRET_PARAMETER.search(name) and name.lower() not in _NO_SECRET):
            raise SourceError(
                f"The database URL's parameter {name} would be stored with the settings; "
                f"leave it out and set {PASSWORD_VARIABLE}."
            )


def _is_sqlite(parsed: URL) -> bool:
    return parsed.get_backend_name() == "sqlite"


def _sqlite_name(parsed: URL) -> str:
    name = parsed.database or ""
    name = urllib.parse.unquote(name.removeprefix("file:")) if name.startswith("file:") else name
    return "" if name == ":memory:" else name


def _sqlite_file(parsed: URL) -> Path:
    return Path(_sqlite_name(parsed)).expanduser().absolute()


def _psycopg_by_default(parsed: URL) -> URL:
    """Take the driver that Tagstack's `postgresql` extra installs where the URL names none."""
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername in {"postgresql", "postgres"} else parsed


def make_engine(parsed: URL, password: str | None, options: Mapping[str, Any]) -> Engine:
    """Return an engine that takes psycopg for PostgreSQL and connects within `CONNECT_SECONDS`.

    Args:
        parsed: What `check_url` returned.
        password: Of the user; ignored for SQLite.
        options: As of SQLAlchemy's `create_engine`.

    Raises:
        SourceError: The driver is missing, unknown or asynchronous.
    """
    if not _is_sqlite(parsed):
        parsed = _psycopg_by_default(parsed).set(password=password)
    if parsed.drivername.partition("+")[2] in _TIMED_DRIVERS and "connect_timeout" not in parsed.query:
        options = {**options, "connect_args": {"connect_timeout": CONNECT_SECONDS}}
    engine = _create(parsed, options)
    if engine.dialect.is_async:
        raise SourceError(f"{parsed.drivername}:// is an asynchronous driver; name a synchronous one.")
    return engine


def _engine(parsed: URL, password: str | None, *, read_only: bool) -> Engine:
    parsed = _sqlite(parsed, read_only=read_only) if _is_sqlite(parsed) else parsed
    engine = make_engine(parsed, password, {"poolclass": NullPool})
    if read_only and engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    if read_only and engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _create(parsed: URL, options: Mapping[str, Any]) -> Engine:
    try:
        return create_engine(parsed, hide_parameters=True, **options)
    except ImportError as error:
        raise SourceError(
            f"The driver of {parsed.drivername}:// is not installed ({error.name}); pip install it, "
            "for PostgreSQL 'psycopg[binary]'."
        ) from None
    except ArgumentError:
        raise SourceError(
            f"{parsed.drivername}:// is not a database that SQLAlchemy knows; write sqlite:///file.db, "
            "postgresql+psycopg://user@host/database or the like."
        ) from None


def _sqlite(parsed: URL, *, read_only: bool) -> URL:
    file = _sqlite_file(parsed)
    if not read_only:
        return parsed.set(database=str(file), query={})
    if not file.is_file():
        raise SourceError(
            f"The database file {file} does not exist; name an existing file, or leave the URL out for the sample."
        )
    return parsed.set(database=f"file:{urllib.parse.quote(str(file))}", query={"mode": "ro", "uri": "true"})


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Invalid UTF-8 must reach the reader, which replaces it, instead of ending the query.
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")


def _prepare_postgresql(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.execute("SET datestyle TO 'ISO'")
    cursor.close()
    connection.commit()
