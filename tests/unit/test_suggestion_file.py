"""Suggestions for a file: what is written, and that a failure leaves everything as it was."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagstack.errors import StorageError, UsageError
from tagstack.questions import file as questions_file
from tagstack.suggestion import Suggester
from tagstack.suggestion_file import OUTPUT, suggest_file


@pytest.fixture
def suggester(make_model, make_encoder):
    return Suggester(make_model(), make_encoder())


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "questions.parquet"
    columns = {"Id": [5, 3, 9], "Title": ["sql sql", None, "java"], "Body": ["<p>python</p>", "?", "<pre>sql</pre>"]}
    pq.write_table(pa.table(columns), file)
    return file


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_question_gets_its_row_in_the_order_of_the_file(suggester, source, tmp_path):
    target = tmp_path / "tags.parquet"
    assert suggest_file(suggester, source, target, top=2) == 3
    table = pq.read_table(target)
    assert table.schema.equals(OUTPUT)
    assert table["post_id"].to_pylist() == [5, 3, 9]
    assert table["suggested"].to_pylist() == [["sql", "python"], [], ["java"]]
    assert table["top"].to_pylist() == [["sql", "python"], ["java", "python"], ["java", "python"]]
    assert [len(scores) for scores in table["scores"].to_pylist()] == [2, 2, 2]
    assert left(tmp_path) == ["questions.parquet", "tags.parquet"]


def test_a_file_is_answered_as_its_questions_are_one_by_one(suggester, source, tmp_path):
    suggest_file(suggester, source, tmp_path / "tags.parquet")
    rows = pq.read_table(tmp_path / "tags.parquet").to_pylist()
    for row, question in zip(rows, pq.read_table(source).to_pylist(), strict=True):
        [found] = suggester.suggest([question["Title"] or ""], [question["Body"]])
        assert row == {"post_id": question["Id"], **vars(found)}


def test_a_file_without_questions_gives_a_file_without_rows(suggester, tmp_path):
    (tmp_path / "none.csv").write_text("Id,Title,Body\n")
    assert suggest_file(suggester, tmp_path / "none.csv", tmp_path / "tags.parquet") == 0
    assert pq.read_table(tmp_path / "tags.parquet").schema.equals(OUTPUT)


def test_questions_pass_in_batches_and_each_is_reported(suggester, tmp_path, monkeypatch):
    monkeypatch.setattr(questions_file, "BATCH_ROWS", 4)
    lines = [json.dumps({"post_id": at, "title": "t", "body": "sql " * at}) for at in range(10)]
    (tmp_path / "q.jsonl").write_text("\n".join(lines))
    asked, reported = [], []
    suggest = suggester.suggest

    class Watched(Suggester):
        def suggest(self, titles, bodies, *, top=10):
            asked.append(len(titles))
            return suggest(titles, bodies, top=top)

    watched = Watched(suggester.model, suggester.encoder)
    suggest_file(watched, tmp_path / "q.jsonl", tmp_path / "tags.parquet", progress=reported.append)
    assert asked == reported == [4, 4, 2]
    assert pq.read_table(tmp_path / "tags.parquet")["post_id"].to_pylist() == list(range(10))


def test_a_body_of_five_megabytes_is_answered(suggester, tmp_path):
    body = "<p>sql " + "filler &amp; " * 500_000 + "</p>"
    pq.write_table(pa.table({"Id": [1], "Title": ["a"], "Body": [body]}), tmp_path / "q.parquet")
    suggest_file(suggester, tmp_path / "q.parquet", tmp_path / "tags.parquet")
    assert pq.read_table(tmp_path / "tags.parquet")["suggested"].to_pylist() == [["sql"]]


def refused(kind, message, *args):
    with pytest.raises(kind, match=message) as caught:
        suggest_file(*args)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_source_that_turns_bad_leaves_the_older_result_and_nothing_else(suggester, tmp_path, monkeypatch):
    monkeypatch.setattr(questions_file, "BATCH_ROWS", 1)
    (tmp_path / "q.jsonl").write_text('{"Id": 1, "Title": "a", "Body": "b"}\n{"Id": 2, "Title": "c')
    (tmp_path / "tags.parquet").write_bytes(b"older")
    refused(
        UsageError, "after 1 questions: line 2 is no JSON", suggester, tmp_path / "q.jsonl", tmp_path / "tags.parquet"
    )
    assert (tmp_path / "tags.parquet").read_bytes() == b"older"
    assert left(tmp_path) == ["q.jsonl", "tags.parquet"]


@pytest.mark.parametrize("room", [0, 200])
def test_a_full_disk_leaves_the_older_result_and_nothing_else(suggester, source, tmp_path, room, disk_with_room_for):
    target = tmp_path / "tags.parquet"
    target.write_bytes(b"older")
    with disk_with_room_for(room):
        error = refused(
            StorageError, "Cannot write .*: File too large; choose another --output", suggester, source, target
        )
    assert error.exit_code == 1
    assert target.read_bytes() == b"older"
    assert left(tmp_path) == ["questions.parquet", "tags.parquet"]


@pytest.mark.parametrize("place", ["absent/tags.parquet", "questions.parquet/tags.parquet"])
def test_a_folder_that_is_not_there_is_named(suggester, source, tmp_path, place):
    refused(
        StorageError, "Cannot write .*tags.parquet: (No such file|Not a directory)", suggester, source, tmp_path / place
    )


def test_a_result_never_replaces_its_own_questions(suggester, source, tmp_path):
    before = source.read_bytes()
    (tmp_path / "link.parquet").symlink_to(source)
    for target in (source, tmp_path / "link.parquet"):
        refused(UsageError, "would replace the questions in", suggester, source, target)
    assert source.read_bytes() == before


def test_an_interruption_leaves_the_older_result_and_nothing_else(suggester, source, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    (tmp_path / "tags.parquet").write_bytes(b"older")
    with pytest.raises(KeyboardInterrupt):
        suggest_file(suggester, source, tmp_path / "tags.parquet", progress=interrupt)
    assert (tmp_path / "tags.parquet").read_bytes() == b"older"
    assert left(tmp_path) == ["questions.parquet", "tags.parquet"]
