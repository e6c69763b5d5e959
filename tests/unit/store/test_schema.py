import contextlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import mssql, mysql, postgresql, sqlite

from tagstack.errors import StoreError
from tagstack.store import schema
from tagstack.store.database import open_store, transaction
from tagstack.store.tables import METADATA, VERSION_TABLE

OPEN = """
import sys
from tagstack.store.database import open_store
print("here", flush=True)
sys.stdin.readline()
open_store(sys.argv[1]).close()
print("opened")
"""


def test_the_migrations_make_what_the_tables_say(store):
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_there_is_one_newest_revision():
    assert schema.revisions() == ("0002", "0001")


def test_processes_that_start_at_once_do_not_disturb_each_other(url):
    command = [sys.executable, "-c", OPEN, url]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    started = [subprocess.Popen(command, **pipes, text=True) for _ in range(2)]
    assert [process.stdout.readline() for process in started] == ["here\n"] * 2
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in started]
    assert [out for out, _ in said] == ["opened\n"] * 2, said


def test_threads_that_start_at_once_do_not_disturb_each_other(tmp_path):
    """Also on different databases, as Alembic keeps its state in global variables."""
    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(lambda n: open_store(f"sqlite:///{tmp_path / str(n % 4)}.db"), range(8)):
            assert set(METADATA.tables) < set(sa.inspect(store.engine).get_table_names())
            store.close()


def test_a_migration_that_is_interrupted_leaves_nothing(lite):
    with contextlib.suppress(KeyError), transaction(lite.engine) as connection:
        command.downgrade(schema.settings(connection), "base")
        assert not [name for name in sa.inspect(connection).get_table_names() if name != VERSION_TABLE]
        raise KeyError
    assert set(METADATA.tables) < set(sa.inspect(lite.engine).get_table_names())


def test_tables_can_be_dropped_and_made_again(store, url):
    with transaction(store.engine) as connection:
        command.downgrade(schema.settings(connection), "base")
    assert sa.inspect(store.engine).get_table_names() == [VERSION_TABLE]
    with open_store(url) as again:
        assert set(METADATA.tables) < set(sa.inspect(again.engine).get_table_names())


def test_a_store_of_a_newer_tagstack_is_refused(store, url):
    with store.writing() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '0999'"))
    with pytest.raises(StoreError) as error:
        open_store(url)
    assert str(error.value) == (
        f"The store {store.url} is of revision 0999, which a newer Tagstack made; update Tagstack here."
    )


def test_an_older_store_is_not_changed_by_a_look(lite, monkeypatch):
    monkeypatch.setattr(schema, "revisions", lambda: ("0003", "0002", "0001"))
    with pytest.raises(StoreError, match="is of the older revision 0002; start the service or the deployment pipeline"):
        open_store(lite.url, create=False)


@pytest.mark.parametrize("dialect", [sqlite, postgresql, mysql, mssql])
def test_every_dialect_can_say_the_tables(dialect):
    """MySQL wants a length for every key; here only its syntax is shown, not a server of it."""
    for table in METADATA.sorted_tables:
        assert str(sa.schema.CreateTable(table).compile(dialect=dialect.dialect()))
        for index in table.indexes:
            assert str(sa.schema.CreateIndex(index).compile(dialect=dialect.dialect()))
