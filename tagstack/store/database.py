"""Opening the store: one URL, one engine, tables at the newest revision, errors in one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError  # noqa: A004

from tagstack import paths
from tagstack.errors import NoStoreError, SourceError, StoreError
from tagstack.questions import database
from tagstack.store import schema
from tagstack.store.engines import keep_a_log, make_engine

PASSWORD_VARIABLE = "TAGSTACK_STORE_PASSWORD"  # noqa: S105 - the name of a variable, not its value


@dataclass(frozen=True)
class Store:
    """An open database of suggestions, decisions, promotions, targets and replicas; safe to share between threads.

    Attributes:
        engine: SQLAlchemy's engine; it knows the password, which its `repr` hides.
        url: The address without a password, for messages.
    """

    engine: Engine = field(repr=False)
    url: str

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection to read from; errors of the database are `StoreError`."""
        with self.errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that is committed at the end; errors are `StoreError`."""
        with self.errors(), transaction(self.engine) as connection:
            yield connection

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn errors of the database into one line that names the store and never its password."""
        with _sql_errors(self.engine, self.url):
            yield

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def default_url() -> str:
    """Return the URL of the SQLite file beside ZenML's own store."""
    return URL.create("sqlite", database=str(paths.data() / "store.db")).render_as_string()


def open_store(url: str | None = None, *, create: bool = True) -> Store:
    """Connect to the store and bring its tables to the newest revision.

    A password comes from the URL, else from the environment variable ``TAGSTACK_STORE_PASSWORD``.

    Args:
        url: SQLAlchemy URL; None is `default_url()`.
        create: With False nothing is made or changed: neither the SQLite file nor tables.

    Raises:
        StoreError: The database cannot be reached, or is of a newer Tagstack.
        NoStoreError: Without `create`: it holds no store yet.
    """
    safe, password = check_store_url(url or default_url())
    with _as_store_errors():
        where = database.address(safe)
        parsed = make_url(where if make_url(safe).get_backend_name() == "sqlite" else safe)
        if parsed.get_backend_name() == "sqlite":
            _prepare_file(Path(parsed.database or ""), where, create=create)
        engine = make_engine(parsed, password or os.environ.get(PASSWORD_VARIABLE))
    try:
        with _sql_errors(engine, where):
            _prepare(engine, where, create=create)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, where)


def check_store_url(url: str) -> tuple[str, str | None]:
    """Return a store's URL without its password, and the password; raises StoreError for a secret elsewhere in it."""
    with _as_store_errors():
        return database.check_url(url)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a writing transaction, committed at the end; errors are SQLAlchemy's own."""
    # SQLite cannot turn a reader into a writer while others write, so that a writer says so at once.
    with engine.connect().execution_options(tagstack_begin="BEGIN IMMEDIATE") as connection, connection.begin():
        yield connection


def is_transient(error: BaseException) -> bool:
    """Say whether the same statement may succeed a moment later: database away, locked, restarted, or deadlocked."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, OperationalError | TimeoutError)


def _prepare_file(file: Path, where: str, *, create: bool) -> None:
    if not create and not file.is_file():
        raise _nothing(where)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"Cannot make the folder of the store {where}: {error.strerror}; name another one.") from None


def _prepare(engine: Engine, where: str, *, create: bool) -> None:
    with engine.connect() as connection:
        found = schema.current(connection, url=where)
    if found == schema.revisions()[0]:
        return
    if not create:
        raise _nothing(where) if found is None else _older(where, found)
    if engine.dialect.name == "sqlite":
        keep_a_log(engine)
    with transaction(engine) as connection:
        schema.upgrade(connection)


def _nothing(where: str) -> NoStoreError:
    return NoStoreError(
        f"Nothing was recorded yet in the store {where}; the service and the deployment pipeline fill it."
    )


def _older(where: str, found: str) -> StoreError:
    return StoreError(
        f"The store {where} is of the older revision {found}; start the service or the deployment pipeline once, "
        "which brings it up to date."
    )


@contextmanager
def _sql_errors(engine: Engine, where: str) -> Iterator[None]:
    secret = str(engine.url.password) if engine.url.password else None
    what, advice = f"The store {where} failed", "check that it runs, its address, rights and free disk"
    with database.sql_errors(what, advice, secret=secret, kind=StoreError):
        yield


@contextmanager
def _as_store_errors() -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        line = str(error).replace("database URL", "store's URL").replace(database.PASSWORD_VARIABLE, PASSWORD_VARIABLE)
        raise StoreError(line) from None
