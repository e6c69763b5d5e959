"""What is committed is on the disk, and writers wait for one another."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tagstack.store.columns import now
from tagstack.store.database import open_store
from tagstack.store.tables import TARGETS


def test_sqlite_commits_to_the_disk_and_keeps_references(lite):
    with lite.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.slow
def test_a_server_that_acknowledges_early_is_told_not_to(postgresql):
    engine = sa.create_engine(postgresql.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.pool.NullPool)
    setting = "ALTER DATABASE postgres {} synchronous_commit"
    with engine.begin() as connection:
        connection.exec_driver_sql(setting.format("SET") + " = off")
    try:
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "off"
        with open_store(postgresql) as store, store.writing() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(setting.format("RESET"))


def test_a_writer_waits_for_another_and_then_sees_its_rows(lite):
    """A reader that turns into a writer would fail at once; ours is a writer from its start."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add_one(lite), range(40)))
    with lite.reading() as connection:
        assert connection.scalar(sa.select(TARGETS.c.revision)) == 40


def add_one(store):
    with store.writing() as connection:
        before = connection.scalar(sa.select(TARGETS.c.revision)) or 0
        connection.execute(sa.delete(TARGETS))
        connection.execute(sa.insert(TARGETS).values(model_name="tagstack", revision=before + 1, changed_at=now()))
