import datetime as dt
import itertools

import pytest

from tagstack.config import SourceSettings
from tagstack.errors import SourceError
from tagstack.questions.source import open_source
from tagstack.questions.watermark import BLOCK_ROWS, CELL_IDS, read_blocks, read_watermark

ALL = SourceSettings()


def watermark(url, settings=ALL):
    with open_source(url) as source:
        return read_watermark(source, settings)


def blocks(url, settings=ALL):
    with open_source(url) as source:
        return read_blocks(source, settings)


def test_the_watermark_counts_the_questions_of_the_window_only(make_database):
    url = make_database([
        {"Id": 1, "CreationDate": "2023-12-31T23:59:59.999"},
        {"Id": 2, "CreationDate": "2024-01-01T00:00:00.000"},
        {"Id": 3, "CreationDate": "2024-01-31 23:59:59"},
        {"Id": 4, "CreationDate": "2024-02-01T00:00:00.000"},
        {"Id": 5, "CreationDate": "2024-01-10T00:00:00.000", "PostTypeId": 2},
        {"Id": 6, "CreationDate": None},
    ])  # fmt: skip
    found = watermark(url, SourceSettings(since=dt.date(2024, 1, 1), until=dt.date(2024, 2, 1)))
    assert (found.questions, found.greatest_id, found.greatest_date) == (2, 3, "2024-01-31 23:59:59")
    assert found.source == url
    assert watermark(url).questions == 5


@pytest.mark.parametrize(
    "change",
    [{"Id": 9, "CreationDate": "2020-01-01"}, {"Id": 3}, {"Id": 4, "CreationDate": "2025-01-01"}],
)
def test_a_new_row_changes_the_key(make_database, insert, change):
    url = make_database([{"Id": 1}, {"Id": 8}])
    before = watermark(url).key
    assert watermark(url).key == before
    insert(url, [change])
    assert watermark(url).key != before


def test_a_row_of_another_type_or_window_does_not_change_the_key(make_database, insert):
    url, year = make_database([{"Id": 1}]), SourceSettings(since=dt.date(2024, 1, 1), until=dt.date(2025, 1, 1))
    before = watermark(url, year).key
    insert(url, [{"Id": 2, "PostTypeId": 2}, {"Id": 3, "CreationDate": "2025-03-01"}])
    assert watermark(url, year).key == before


def test_an_edit_is_seen_where_the_table_tells_of_it(make_database, insert):
    columns = "Id INTEGER, PostTypeId INT, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT, LastEditDate TEXT"
    url = make_database([{"Id": 1, "LastEditDate": None}], columns=columns)
    other = make_database([{"Id": 1, "LastEditDate": "2024-06-01T00:00:00"}], columns=columns, name="edited.db")
    assert watermark(url).greatest_edit is None
    assert watermark(other).greatest_edit == "2024-06-01T00:00:00"


def test_an_empty_window_is_named_with_the_dates_there_are(make_database):
    url = make_database([{"Id": 1}, {"Id": 2, "CreationDate": "2024-08-09 11:00:00"}])
    with pytest.raises(SourceError) as caught:
        watermark(url, SourceSettings(since=dt.date(2025, 1, 1)))
    assert str(caught.value) == (
        f"No question of {url} lies in the window from 2025-01-01 until the end: its questions are dated 2024-01-05 "
        "to 2024-08-09; choose since and until within."
    )


def test_a_table_without_questions_is_named(make_database):
    url = make_database([{"Id": 1, "PostTypeId": 2}])
    with pytest.raises(SourceError, match=r"Table Posts in .* has no dated questions \(PostTypeId 1\)"):
        watermark(url)


def test_few_questions_are_one_block_however_far_apart(make_database):
    assert len(blocks(make_database([{"Id": 1}, {"Id": 78_000_000}]))) == 1


def test_blocks_are_in_order_complete_and_small(make_database):
    step = 3
    found = blocks(make_database({"Id": number * step} for number in range(3 * BLOCK_ROWS)))
    assert [block.least_id for block in found] == sorted(block.least_id for block in found)
    assert sum(block.questions for block in found) == 3 * BLOCK_ROWS
    assert max(block.questions for block in found) <= BLOCK_ROWS
    assert all(left.greatest_id < right.least_id for left, right in itertools.pairwise(found))


def test_new_questions_leave_the_other_blocks_as_they_were(make_database, insert):
    url = make_database({"Id": number} for number in range(3 * BLOCK_ROWS))
    before = blocks(url)
    insert(url, ({"Id": number} for number in range(3 * BLOCK_ROWS, 3 * BLOCK_ROWS + 200)))
    after = blocks(url)
    assert len(set(before) - set(after)) <= 1
    assert len(set(after) - set(before)) <= 2


def test_negative_and_missing_ids_belong_to_a_block(make_database):
    rows = [{"Id": -5}, {"Id": -CELL_IDS - 1}, {"Id": 7}, {"Id": None}, {"Id": "x"}]
    columns = "Id INT, PostTypeId INT, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT"
    found = blocks(make_database(rows, columns=columns))
    assert [(block.questions, block.least_id) for block in found] == [(3, -CELL_IDS - 1), (2, None)]


def test_text_that_is_no_date_is_not_the_greatest_date(make_database):
    found = watermark(make_database([{"Id": 1}, {"Id": 2, "CreationDate": "yesterday"}]))
    assert (found.questions, found.greatest_date) == (2, "2024-01-05T10:00:00.000")
