"""Bringing a database's tables to the newest revision, by one process at a time."""

from __future__ import annotations

import threading
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from tagstack.errors import StoreError
from tagstack.store.tables import VERSION_TABLE

LOCK = 7_283_451
"""The number of our advisory lock; any constant will do."""
LOCK_SECONDS = 60
_ALONE = threading.Lock()
"""Alembic hands its context to the migrations in a global variable."""


def settings(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; the migrations are found in the package, without an `alembic.ini`."""
    config = Config()
    config.set_main_option("script_location", "tagstack.store:migrations")
    config.attributes["connection"] = connection
    return config


@cache
def revisions() -> tuple[str, ...]:
    """Return the revisions that this code knows, the newest first; it is written for that one."""
    return tuple(script.revision for script in ScriptDirectory.from_config(settings()).walk_revisions())


def current(connection: Connection, *, url: str) -> str | None:
    """Return the revision of a database, None where it has none of our tables.

    Raises:
        StoreError: A newer Tagstack made the tables.
    """
    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    if found is not None and found not in revisions():
        raise StoreError(f"The store {url} is of revision {found}, which a newer Tagstack made; update Tagstack here.")
    return found


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision, in the transaction of `connection`, while no other process does.

    On SQLite the transaction itself must be the lock (`BEGIN IMMEDIATE`).
    """
    _lock(connection)
    with _ALONE:
        command.upgrade(settings(connection), "head")
    _unlock(connection)


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    elif connection.dialect.name in {"mysql", "mariadb"}:
        connection.execute(text(f"SELECT GET_LOCK('tagstack_{LOCK}', {LOCK_SECONDS})"))


def _unlock(connection: Connection) -> None:
    if connection.dialect.name in {"mysql", "mariadb"}:
        connection.execute(text(f"SELECT RELEASE_LOCK('tagstack_{LOCK}')"))
