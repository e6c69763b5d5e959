import datetime as dt

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tagstack.config import SourceSettings
from tagstack.errors import SourceError
from tagstack.questions.reader import read_questions
from tagstack.questions.source import open_source
from tagstack.table import RAW_QUESTIONS

ALL = SourceSettings()
LOOSE = "Id INT, PostTypeId INT, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT, Score INT"


def read(url, settings=ALL):
    with open_source(url) as source:
        return pa.Table.from_batches(read_questions(source, settings), RAW_QUESTIONS).to_pylist()


def test_a_question_is_read_as_its_columns(make_database):
    row = {"Id": 7, "Title": "Déjà vu in C#?", "Body": "<p>&lt;b&gt;</p>", "Tags": "<c#><.net>", "Score": -2}
    assert read(make_database([row])) == [
        {
            "post_id": 7,
            "created_at": dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC),
            "title": "Déjà vu in C#?",
            "body": "<p>&lt;b&gt;</p>",
            "raw_tags": "<c#><.net>",
            "score": -2,
            "unreadable": [],
        }
    ]


def test_questions_come_by_ascending_id_in_batches(make_database):
    url = make_database({"Id": number, "PostTypeId": 1 + number % 2} for number in range(500, 0, -1))
    progress = []
    with open_source(url) as source:
        settings = SourceSettings(chunk_rows=100)
        batches = list(read_questions(source, settings, progress=progress.append))
    assert [batch.num_rows for batch in batches] == [100, 100, 50]
    assert [number for batch in batches for number in batch["post_id"].to_pylist()] == list(range(2, 501, 2))
    assert progress == [100, 100, 50]


def test_the_window_is_half_open(make_database):
    days = ["2024-01-31T23:59:59.999", "2024-02-01", "2024-02-29 12:00:00", "2024-03-01T00:00:00.000"]
    url = make_database({"Id": number, "CreationDate": day} for number, day in enumerate(days))
    window = SourceSettings(since=dt.date(2024, 2, 1), until=dt.date(2024, 3, 1))
    assert [row["post_id"] for row in read(url, window)] == [1, 2]


@pytest.mark.parametrize(
    ("column", "stored", "name", "value"),
    [
        ("Score", "many", "score", None),
        ("Score", b"\x00\x01", "score", None),
        ("Score", 2**40, "score", None),
        ("CreationDate", "yesterday", "created_at", None),
        ("CreationDate", b"\xff\xfe", "created_at", None),
        ("Title", "a\0b", "title", "ab"),
        ("Body", b"<p>caf\xe9</p>", "body", "<p>caf\ufffd</p>"),
        ("Id", "seven", "post_id", None),
        ("Id", 1.5, "post_id", None),
    ],
)
def test_an_unreadable_value_is_named_and_the_rest_is_read(make_database, column, stored, name, value):
    rows = read(make_database([{"Id": 1, "Score": 3}, {"Id": 2, "Score": 3, column: stored}], columns=LOOSE))
    assert [row["unreadable"] for row in rows] == [[], [name]]
    assert rows[1][name] == value
    assert rows[1]["raw_tags"] == "<python>"


def test_invalid_utf8_in_a_text_column_is_replaced(make_database):
    url = make_database([{"Id": 1}])
    with sa.create_engine(url).begin() as connection:
        connection.exec_driver_sql("UPDATE Posts SET Title = CAST(X'61FF62' AS TEXT), Tags = CAST(X'3C61003E' AS TEXT)")
        connection.engine.dispose()
    row = read(url)[0]
    assert (row["title"], row["raw_tags"], row["unreadable"]) == ("a\ufffdb", "<a>", ["title", "raw_tags"])


def test_nulls_are_null_and_not_called_unreadable(make_database):
    empty = dict.fromkeys(["CreationDate", "Title", "Body", "Tags", "Score", "Id"])
    row = read(make_database([empty], columns=LOOSE))[0]
    assert row.pop("unreadable") == []
    assert set(row.values()) == {None}


def test_a_missing_score_is_zero(make_database):
    columns = "Id INT, PostTypeId INT, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT"
    assert read(make_database([{"Id": 1}], columns=columns))[0]["score"] == 0


def test_repeated_ids_are_all_read(make_database):
    url = make_database(({"Id": number // 3} for number in range(30)), columns=LOOSE)
    assert [row["post_id"] for row in read(url, SourceSettings(chunk_rows=4))] == [number // 3 for number in range(30)]


def test_a_body_of_five_megabytes_is_read(make_database):
    body = "<p>" + "word " * 1_000_000 + "</p>"
    assert read(make_database([{"Id": 1, "Body": body}]))[0]["body"] == body


def test_an_empty_window_is_an_error(make_database):
    with pytest.raises(SourceError, match="lies in the window from 2030-01-01"):
        read(make_database([{"Id": 1}]), SourceSettings(since=dt.date(2030, 1, 1)))


def test_every_value_is_a_bound_parameter_and_no_offset_is_used(make_database):
    url = make_database({"Id": number} for number in range(20))
    statements = []
    with open_source(url) as source:
        sa.event.listen(source.connection.engine, "before_cursor_execute", lambda *call: statements.append(call[2:4]))
        list(read_questions(source, SourceSettings(since=dt.date(2024, 1, 1), chunk_rows=5)))
    assert statements
    for statement, parameters in statements:
        assert "2024" not in statement
        assert "2024-01-01" in parameters
        assert "OFFSET" not in statement.upper()


def test_a_question_is_found_by_its_id_and_not_by_another_index(tmp_path):
    from tagstack.questions.schema import METADATA

    url = f"sqlite:///{tmp_path}/indexed.db"
    engine = sa.create_engine(url)
    METADATA.create_all(engine)
    engine.dispose()
    settings = SourceSettings(since=dt.date(2024, 1, 1))
    with open_source(url) as source:
        where = sa.and_(source.questions(settings, by_id=True), source.column("Id").between(5, 9))
        text = source.rows().where(where).compile(source.connection, compile_kwargs={"literal_binds": True})
        plan = source.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    assert "USING INTEGER PRIMARY KEY" in str(plan)


def test_a_database_that_fails_midway_is_one_line(make_database):
    url = make_database({"Id": number} for number in range(100))
    with open_source(url) as source:
        reading = read_questions(source, SourceSettings(chunk_rows=10))
        next(reading)
        source.connection.connection.driver_connection.close()
        with pytest.raises(SourceError) as caught:
            list(reading)
    assert str(caught.value).startswith(f"Reading Posts in {url} stopped near Id 0: ")
