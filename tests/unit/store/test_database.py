import contextlib
import os
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from tagstack import paths
from tagstack.errors import StoreError
from tagstack.store.database import PASSWORD_VARIABLE, default_url, is_transient, open_store, transaction
from tagstack.store.schema import revisions
from tagstack.store.tables import SUGGESTIONS, VERSION_TABLE


def test_by_default_the_store_is_a_file_beside_zenmls_own(monkeypatch, tmp_path):
    monkeypatch.setenv("ZENML_CONFIG_PATH", str(tmp_path / "a % folder"))
    with open_store() as store:
        assert store.url == f"sqlite:///{paths.data() / 'store.db'}"
        assert default_url().startswith("sqlite:///")
    assert (tmp_path / "a % folder" / "tagstack" / "store.db").is_file()


def test_a_look_makes_no_file(tmp_path):
    url = f"sqlite:///{tmp_path / 'folder' / 'store.db'}"
    with pytest.raises(StoreError) as error:
        open_store(url, create=False)
    assert str(error.value) == (
        f"Nothing was recorded yet in the store {url}; the service and the deployment pipeline fill it."
    )
    assert not (tmp_path / "folder").exists()


def test_a_look_makes_no_tables_in_a_database_of_others(url):
    if url.startswith("sqlite"):
        sqlite3.connect(url.removeprefix("sqlite:///")).execute("CREATE TABLE theirs (a)").connection.close()
    with pytest.raises(StoreError, match="Nothing was recorded yet"):
        open_store(url, create=False)
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.pool.NullPool)
    assert not [name for name in sa.inspect(engine).get_table_names() if "tagstack" in name]


def test_a_look_opens_what_is_there(url):
    open_store(url).close()
    with open_store(url, create=False) as store, store.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(SUGGESTIONS)) == 0


def test_a_transaction_that_fails_leaves_nothing(store):
    with contextlib.suppress(KeyError), store.writing() as connection:
        connection.execute(sa.text(f"DELETE FROM {VERSION_TABLE}"))
        raise KeyError
    with store.reading() as connection:
        assert connection.execute(sa.text(f"SELECT * FROM {VERSION_TABLE}")).scalar() == revisions()[0]


def test_a_locked_file_is_a_passing_trouble_and_a_missing_table_is_not(lite):
    with transaction(lite.engine), lite.engine.connect() as other:
        other.exec_driver_sql("PRAGMA busy_timeout=1")
        with pytest.raises(sa.exc.OperationalError, match="locked") as error:
            other.exec_driver_sql("DELETE FROM tagstack_targets")
    assert is_transient(error.value)
    assert not is_transient(sa.exc.IntegrityError("", {}, Exception()))
    assert not is_transient(ValueError())


def test_no_password_is_shown(monkeypatch, url):
    if url.startswith("sqlite"):
        url, where = "postgresql://ann:hunter2@127.0.0.1:1/x", "postgresql://ann@127.0.0.1:1/x"
        with pytest.raises(StoreError) as error:
            open_store(url)
        assert str(error.value).startswith(f"The store {where} failed: ")
        assert str(error.value).endswith("; check that it runs, its address, rights and free disk.")
        assert "hunter2" not in str(error.value)
        return
    monkeypatch.setenv(PASSWORD_VARIABLE, "hunter2-Zx9")
    with open_store(url) as store:
        assert store.engine.url.password == "hunter2-Zx9"
        assert "hunter2" not in repr(store) + store.url + repr(store.engine)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("nonsense", "The store's URL is malformed"),
        ("sqlite://", "The store's URL sqlite:// names no file; write sqlite:///file.db."),
        ("sqlite+aiosqlite:///x.db", "aiosqlite"),
        ("postgresql://h/d?sslpassword=x", f"parameter sslpassword .* leave it out and set {PASSWORD_VARIABLE}."),
        ("oracle://h/d", "The driver of oracle:// is not installed"),
        ("sqlserver://h/d", "sqlserver:// is not a database that SQLAlchemy knows"),
    ],
)
def test_an_impossible_url_is_told_in_one_line(url, line, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=line) as error:
        open_store(url)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "store.db").write_text("words " * 1000)
    with pytest.raises(StoreError, match=r"The store sqlite:.*store.db failed: file is not a database; check"):
        open_store(f"sqlite:///{tmp_path / 'store.db'}")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"Cannot make the folder of the store sqlite:.*; name another one\."):
        open_store(f"sqlite:///{tmp_path / 'file' / 'store.db'}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_told(tmp_path):
    Path(tmp_path).chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StoreError, match="unable to open database file"):
        open_store(f"sqlite:///{tmp_path / 'store.db'}")
