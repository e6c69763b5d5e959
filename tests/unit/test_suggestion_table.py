"""The table of suggestions: what is written by key, and that nothing is written to a table that is not ours."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, postgresql, sqlite

from tagstack import suggestion_table
from tagstack.errors import SourceError, StorageError, TagstackError, UsageError
from tagstack.suggestion_table import Stamp, define_table, open_table, upsert


def row(post_id, **changes):
    usual = {"suggested": [], "top": ["c#", "größe"], "scores": [0.9, 0.1], "model_version": 1}
    return {"post_id": post_id, **usual, "model_sha256": "m" * 64, "question_sha256": "q" * 64, **changes}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'tags.db'}"


def opened(url, name="suggestions"):
    return open_table(url, define_table(name))


def execute(url, statement):
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    with connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


def refused(kind, url, name="suggestions"):
    with pytest.raises(kind) as caught:
        opened(url, name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("own_statement", [True, False], ids=["insert on conflict", "update, then insert"])
def test_rows_are_inserted_and_replaced_by_their_key(url, monkeypatch, own_statement):
    if not own_statement:
        monkeypatch.setattr(suggestion_table, "upsert", lambda *_: None)
    with opened(url) as table:
        table.write([row(1), row(2)])
        table.write([row(2, suggested=["c#"], model_version=2), row(3)])
        rows = table.connection.execute(sa.select(table.table).order_by("post_id")).all()
    assert [(found.post_id, found.suggested, found.model_version) for found in rows] == [
        (1, [], 1),
        (2, ["c#"], 2),
        (3, [], 1),
    ]
    assert (rows[0].top, rows[0].scores) == (["c#", "größe"], [0.9, 0.1])
    assert abs(datetime.now(UTC).replace(tzinfo=None) - rows[0].suggested_at) < timedelta(minutes=1)


def test_a_table_that_is_there_is_kept_and_says_what_its_rows_were_made_of(url):
    with opened(url) as table:
        table.write([row(number) for number in range(600)])
    with opened(url) as table:
        assert table.stamps([599, 600]) == {599: Stamp("m" * 64, "q" * 64, 2)}
        assert str(table) == f"the table suggestions in {url}"


def test_rows_are_written_all_or_none(url):
    with opened(url) as table:
        with pytest.raises(StorageError, match=r"Cannot write the table suggestions in .*NOT NULL.*--write-url"):
            table.write([row(1), row(2, model_version=None)])
        assert table.stamps([1, 2]) == {}


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        (sqlite, "ON CONFLICT (post_id) DO UPDATE"),
        (postgresql, "ON CONFLICT (post_id) DO UPDATE"),
        (mysql, "ON DUPLICATE KEY UPDATE"),
    ],
)
def test_each_dialect_has_its_own_statement(dialect, words):
    table = define_table("select")
    compiled = str(upsert(table, dialect.dialect.name).compile(dialect=dialect.dialect()))
    assert words in compiled
    assert 'INTO "select"' in compiled or "INTO `select`" in compiled
    assert "suggested_at = " in compiled


def test_a_dialect_without_such_a_statement_can_at_least_make_the_table():
    assert upsert(define_table("s"), "mssql") is None
    assert "post_id BIGINT NOT NULL" in str(sa.schema.CreateTable(define_table("s")).compile(dialect=mssql.dialect()))


@pytest.mark.parametrize("name", ["", "a b", "a;DROP TABLE Posts", 'a"b', "1a", "s.t", "ä", "a" * 64])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(UsageError, match="is no name of a table; --write-table takes up to 63 letters") as caught:
        define_table(name)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["Posts", "posts", "POSTS"])
def test_the_table_of_the_questions_is_refused_whatever_its_case(name):
    with pytest.raises(UsageError, match=f"{name} is the table of the questions"):
        define_table(name)


def test_a_table_of_other_columns_is_left_alone_and_its_columns_are_named(url):
    execute(url, "CREATE TABLE suggestions (post_id INTEGER PRIMARY KEY, note TEXT)")
    said = refused(UsageError, url)
    assert "has the columns post_id, note and not post_id, suggested, top, scores, model_version, " in said
    assert said.endswith("; name another one with --write-table.")
    assert execute(url, "SELECT count(*) FROM suggestions") == [(0,)]


def test_a_table_or_view_without_the_key_is_left_alone(url):
    opened(url).connection.close()
    execute(url, "CREATE VIEW seen AS SELECT * FROM suggestions")
    execute(url, "CREATE TABLE copied AS SELECT * FROM suggestions")
    for name in ("seen", "copied"):
        assert "does not have post_id as its primary key" in refused(UsageError, url, name)


def test_a_database_that_is_named_for_reading_only_is_not_written_to(url, tmp_path):
    execute(url, "CREATE TABLE t (a)")
    file = tmp_path / "tags.db"
    for named in (f"{url}?mode=ro", f"sqlite:///file:{file}?mode=ro&uri=true"):
        assert "is named for reading only (mode=ro); name another database by --write-url." in refused(
            UsageError, named
        )
    assert execute(url, "SELECT name FROM sqlite_master") == [("t",)]


def test_a_place_that_is_not_there_is_named(tmp_path):
    assert "Cannot reach the database sqlite:///" in refused(SourceError, f"sqlite:///{tmp_path}/absent/tags.db")
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    assert "file is not a database" in refused(TagstackError, f"sqlite:///{tmp_path}/text.db")


def test_a_full_disk_is_one_line_and_loses_nothing(url, disk_with_room_for):
    with opened(url) as table:
        table.write([row(1)])
        with disk_with_room_for(20_000), pytest.raises(StorageError, match="Cannot write the table suggestions in"):
            table.write([row(number) for number in range(2, 500)])
        assert set(table.stamps([1, 2, 3])) == {1}


def test_a_password_is_in_no_message(monkeypatch):
    monkeypatch.setenv("TAGSTACK_DATABASE_PASSWORD", "hunter2")
    with pytest.raises(SourceError) as caught:
        open_table("postgresql://me:hunter2@127.0.0.1:1/x", define_table("s"), password="hunter2")
    assert "postgresql://me@127.0.0.1:1/x" in str(caught.value)
    assert "hunter2" not in str(caught.value)
