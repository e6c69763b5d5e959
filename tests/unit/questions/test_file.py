"""Questions from files: the three formats, both spellings, and every way in which a file can be bad."""

import csv
import json
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagstack.errors import UsageError
from tagstack.questions import file as questions_file
from tagstack.questions.file import read_questions_file

ROWS = [
    {"post_id": 7, "title": "One, two", "body": '<p>"quoted"\nand\r\nbroken, é</p>'},
    {"post_id": -8, "title": "", "body": "x" * 5_000_000},
    {"post_id": 2**62, "title": "日本語 🎉", "body": "<pre>a\n\n\nb</pre>"},
]
FORMATS = (".parquet", ".csv", ".jsonl", ".ndjson", ".CSV")
DUMP = {"post_id": "Id", "title": "Title", "body": "Body"}


def write(path, rows, *, spelling=None):
    rows = [{(spelling or {}).get(name, name): value for name, value in row.items()} for row in rows]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path):
    return [row for batch in read_questions_file(path) for row in batch.to_pylist()]


def refused(path, *parts):
    with pytest.raises(UsageError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("spelling", [None, DUMP, {"post_id": "Id"}])
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_and_spelling_gives_the_same_questions(tmp_path, suffix, spelling):
    assert read(write(tmp_path / f"q{suffix}", ROWS, spelling=spelling)) == ROWS


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_other_columns_are_left_alone_whatever_they_hold(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(questions_file, "BLOCK_BYTES", 100)
    tags = [5] * 50 + ([6] if suffix == ".parquet" else ["<c#>"])
    rows = [{"Tags": tag, "body": "b", "post_id": at, "title": "t"} for at, tag in enumerate(tags)]
    assert read(write(tmp_path / f"q{suffix}", rows))[-1] == {"post_id": 50, "title": "t", "body": "b"}


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_missing_title_or_body_is_empty(tmp_path, suffix):
    rows = [{"post_id": 1, "title": None, "body": "b"}, {"post_id": 2, "title": "t", "body": None}]
    assert read(write(tmp_path / f"q{suffix}", rows)) == [
        {"post_id": 1, "title": "", "body": "b"},
        {"post_id": 2, "title": "t", "body": ""},
    ]


def test_lines_of_json_may_leave_keys_out_and_be_blank(tmp_path):
    file = tmp_path / "q.jsonl"
    file.write_text('{"Id": 1, "Title": "t"}\n\n{"Body": "b", "Id": "2", "Tags": ["x"]}\n{"Id": 3, "Title": 5}')
    assert [list(row.values()) for row in read(file)] == [[1, "t", ""], [2, "", "b"], [3, "5", ""]]


def test_words_that_look_like_nulls_and_numbers_are_text(tmp_path):
    file = tmp_path / "q.csv"
    file.write_bytes("\ufeffId,Title,Body\r\n1,NULL,12\r\n2,NA,true\r\n".encode())
    assert [list(row.values()) for row in read(file)] == [[1, "NULL", "12"], [2, "NA", "true"]]


def test_half_a_character_in_json_is_replaced(tmp_path):
    file = tmp_path / "q.jsonl"
    file.write_text(r'{"Id": 1, "Title": "a\ud83d", "Body": "\ud83c\udf89"}')
    assert read(file) == [{"post_id": 1, "title": "a\ufffd", "body": "🎉"}]


def test_parquet_ids_and_texts_of_other_types_are_converted(tmp_path):
    file = tmp_path / "q.parquet"
    columns = {
        "Id": ["7", "8"],
        "Title": pa.array(["a", "a"]).dictionary_encode(),
        "Body": pa.array(["b", None], pa.large_string()),
    }
    pq.write_table(pa.table(columns), file)
    assert [list(row.values()) for row in read(file)] == [[7, "a", "b"], [8, "a", ""]]


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_missing_column_is_named_with_those_that_are_there(tmp_path, suffix):
    file = write(tmp_path / f"q{suffix}", [{"Id": 1, "Title": "t", "Text": "b"}])
    refused(file, "has no column body (or Body); it has Id, Title, Text.")


def test_a_missing_column_is_found_where_there_is_no_row(tmp_path):
    file = tmp_path / "q.csv"
    file.write_text("Id,Title\n")
    refused(file, "has no column body (or Body); it has Id, Title.")


def test_a_file_of_no_questions_has_none(tmp_path):
    file = tmp_path / "q.csv"
    file.write_text("Id,Title,Body\n")
    assert read(file) == []


@pytest.mark.parametrize("name", ["q.xlsx", "q", "q.json", "q.csv.gz"])
def test_an_unknown_format_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    refused(tmp_path / name, "is neither .parquet, .csv, .jsonl nor .ndjson; convert it to one of them.")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.parquet", b"no parquet", "after 0 questions: Parquet magic bytes not found"),
        ("q.parquet", b"", "Parquet file size is 0 bytes"),
        ("q.csv", b"", "has no column post_id (or Id); it has none."),
        ("q.csv", b"Id,Title,Body\n1,a\n", "Expected 3 columns, got 2"),
        ("q.csv", b"Id;Title;Body\n1;a;b\n", "has no column post_id (or Id); it has Id;Title;Body."),
        ("q.csv", b"Id,Title,Body\n1,caf\xe9,b\n", "invalid UTF8 data"),
        ("q.csv", b"Id,Title,Body\nseven,a,b\n", "invalid value 'seven'"),
        ("q.csv", b"Id,Title,Body\n99999999999999999999,a,b\n", "invalid value '99999999999999999999'"),
        ("q.jsonl", b'{"Id": 1, "Title": "caf\xe9", "Body": ""}\n', "line 1 is no JSON, 'utf-8' codec can't decode"),
        ("q.jsonl", b'{"Id": 1, "Title": "", "Body": ""}\n{"Id": 2,\n', "line 2 is no JSON"),
        ("q.jsonl", b"[" * 100_000, "line 1 is no JSON"),
        ("q.jsonl", b"[1, 2]\n", "line 1 is no JSON object"),
        ("q.jsonl", b'{"Id": "seven", "Title": "", "Body": ""}\n', "column post_id: Failed to parse string: 'seven'"),
        ("q.jsonl", b'{"Id": 1.5, "Title": "", "Body": ""}\n', "column post_id: Failed to parse string: '1.5'"),
        ("q.jsonl", b'{"Id": 99999999999999999999, "Title": "", "Body": ""}\n', "Failed to parse string: '999999"),
        ("q.jsonl", b'{"Id": {"a": 1}, "Title": "", "Body": ""}\n', "column post_id: Failed to parse string: '{"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_with_the_place(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, message)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path):
    refused(tmp_path / "absent.jsonl", "No such file or directory")
    (tmp_path / "folder.parquet").mkdir()
    refused(tmp_path / "folder.parquet", "Cannot read")


def test_a_page_that_rots_within_a_parquet_file_is_refused(tmp_path):
    file = write(tmp_path / "q.parquet", ROWS)
    content = bytearray(file.read_bytes())
    content[4:60] = bytes(56)
    file.write_bytes(content)
    refused(file, "Cannot read")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_question_without_an_id_is_named_by_its_place(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(questions_file, "BATCH_ROWS", 2)
    rows = [{"post_id": at, "title": "t", "body": "b"} for at in (1, 2, 3, None)]
    refused(write(tmp_path / f"q{suffix}", rows), "Question 4 of", "has no Id; give it one or leave it out.")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_memory_does_not_grow_with_the_file(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(questions_file, "BATCH_ROWS", 16)
    monkeypatch.setattr(questions_file, "BLOCK_BYTES", 1 << 15)

    def peak(rows):
        file = tmp_path / f"{rows}{suffix}"
        questions = [{"Id": at, "Title": "t", "Body": f"{at} " * 500} for at in range(rows)]
        if suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist(questions), file, row_group_size=64, compression="none")
        else:
            write(file, questions)
        del questions
        before, most = pa.total_allocated_bytes(), 0
        tracemalloc.start()
        for batch in read_questions_file(file):
            assert batch.num_rows <= 16
            most = max(most, pa.total_allocated_bytes() - before)
        traced = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most + traced, file.stat().st_size

    (small, _), (large, size) = peak(600), peak(8000)
    assert large < 1.5 * small + 200_000
    assert large < size / 4
