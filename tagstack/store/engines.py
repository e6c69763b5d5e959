"""Engines whose commits are on the disk, of SQLite and of database servers."""

from __future__ import annotations

import sqlite3
import time

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError

from tagstack.questions import database

BUSY_SECONDS = 10
"""How long SQLite waits for another writer."""


def make_engine(url: URL, password: str | None) -> Engine:
    """Make an engine whose commits are durable when they return; it has not connected yet.

    Raises:
        SourceError: The driver is not installed or not known.
    """
    if url.get_backend_name() == "sqlite":
        engine = database.make_engine(url, None, {"connect_args": {"timeout": BUSY_SECONDS}})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = database.make_engine(url, password, {"pool_pre_ping": True})
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def keep_a_log(engine: Engine) -> None:
    """Switch a file to write-ahead logging, for good; SQLite does not wait while another process does the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with engine.connect().execution_options(tagstack_begin="") as connection:
                connection.execute(text("PRAGMA journal_mode=WAL"))
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # Transactions begin where SQLAlchemy says so, not where the driver guesses.
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: Connection) -> None:
    if statement := connection.get_execution_options().get("tagstack_begin", "BEGIN"):
        connection.exec_driver_sql(statement)


def _prepare_postgresql(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    # A server may be set to acknowledge before its log is on disk; ours must not.
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()
