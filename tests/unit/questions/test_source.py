import sqlite3

import pytest

from tagstack.errors import SourceError
from tagstack.questions.schema import PERSONAL
from tagstack.questions.source import open_source


def failure(url):
    with pytest.raises(SourceError) as caught:
        open_source(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_table_is_named(tmp_path):
    file = tmp_path / "other.db"
    sqlite3.connect(file).execute("CREATE TABLE Users (Id INTEGER)").connection.close()
    assert failure(f"sqlite:///{file}").startswith(f"sqlite:///{file} has no table Posts; import a data dump")


def test_a_file_that_is_no_database_is_named(tmp_path):
    file = tmp_path / "text.db"
    file.write_text("no database at all, but long enough to look at" * 50)
    assert "file is not a database" in failure(f"sqlite:///{file}")


def test_missing_columns_are_named(make_database):
    url = make_database(columns="Id INTEGER, PostTypeId INTEGER, CreationDate TEXT, Title TEXT")
    assert failure(url).startswith(f"Table Posts in {url} has no column Body, Tags; add it, or make a view")


@pytest.mark.parametrize(
    ("column", "wrong", "expected"),
    [
        ("Id", "TEXT", "INTEGER"),
        ("Id", "FLOAT", "INTEGER"),
        ("Body", "BLOB", "STRING"),
        ("Tags", "INTEGER", "STRING"),
        ("CreationDate", "INTEGER", "DATETIME or DATE or STRING"),
        ("Score", "TEXT", "INTEGER or NUMERIC"),
    ],
)
def test_a_column_of_the_wrong_type_is_named(make_database, column, wrong, expected):
    columns = "Id INTEGER, PostTypeId INTEGER, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT, Score INTEGER"
    declared = ", ".join(f"{column} {wrong}" if part.startswith(f"{column} ") else part for part in columns.split(", "))
    url = make_database(columns=declared)
    assert f"Column {column} of Posts in {url} is of type {wrong}, not {expected}; convert it" in failure(url)


def test_tables_and_columns_are_found_whatever_their_case(tmp_path):
    file = tmp_path / "lower.db"
    columns = "ID BIGINT, posttypeid INT, creationdate TIMESTAMP, title VARCHAR(250), BODY CLOB, tags TEXT"
    sqlite3.connect(file).execute(f"CREATE TABLE posts ({columns})").connection.close()
    with open_source(f"sqlite:///{file}") as source:
        assert source.posts.table == "posts"
        assert source.posts.names["Id"] == "ID"
        assert "Score" not in source.posts.names


def test_a_view_serves_as_the_table(tmp_path):
    file = tmp_path / "view.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE q (n INTEGER, at TEXT, t TEXT, b TEXT, g TEXT)")
        connection.execute(
            "CREATE VIEW Posts AS SELECT n AS Id, 1 AS PostTypeId, at AS CreationDate, t AS Title, b AS Body, g AS Tags"
            " FROM q"
        )
    with open_source(f"sqlite:///{file}") as source:
        assert source.posts.table == "Posts"


def test_personal_columns_are_never_selected(make_database):
    columns = "Id INTEGER, PostTypeId INTEGER, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT"
    url = make_database(columns=f"{columns}, OwnerUserId INTEGER, OwnerDisplayName TEXT, LastEditorUserId INTEGER")
    with open_source(url) as source:
        statement = str(source.rows()).lower()
    assert not [name for name in PERSONAL if name.lower() in statement]
    assert "*" not in statement
