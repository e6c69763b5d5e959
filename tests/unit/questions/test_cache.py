import datetime as dt
import errno

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tagstack.config import SourceSettings
from tagstack.errors import StorageError
from tagstack.questions.cache import BlockCache
from tagstack.questions.reader import read_questions
from tagstack.questions.source import open_source
from tagstack.questions.watermark import BLOCK_ROWS
from tagstack.storage import LocalFileSystem
from tagstack.table import RAW_QUESTIONS

ALL = SourceSettings()
ROWS = 3 * BLOCK_ROWS


@pytest.fixture
def root(tmp_path):
    return str(tmp_path / "blocks")


def read(url, root, settings=ALL, files=None):
    """The questions, and how many of them came from the database."""
    fetched = 0

    def count(connection, cursor, statement, parameters, *_):
        nonlocal fetched
        if '"Body"' in statement:
            fetched += connection.connection.driver_connection.execute(
                f"SELECT count(*) FROM ({statement})", parameters
            ).fetchone()[0]

    with open_source(url) as source:
        sa.event.listen(source.connection.engine, "before_cursor_execute", count)
        cache = BlockCache(files or LocalFileSystem(), root)
        table = pa.Table.from_batches(read_questions(source, settings, blocks=cache), RAW_QUESTIONS)
    return table, fetched


@pytest.fixture
def url(make_database):
    days = (dt.date(2024, 1, 1) + dt.timedelta(days=number * 300 // ROWS) for number in range(ROWS))
    return make_database({"Id": number, "CreationDate": day.isoformat()} for number, day in enumerate(days))


def test_unchanged_questions_are_not_read_again(url, root):
    first, fetched = read(url, root)
    assert (first.num_rows, fetched) == (ROWS, ROWS)
    again, fetched = read(url, root)
    assert fetched == 0
    assert again.equals(first)


def test_only_blocks_with_new_questions_are_read_again(url, root, insert):
    read(url, root)
    insert(url, ({"Id": ROWS + number, "CreationDate": "2024-12-01"} for number in range(100)))
    table, fetched = read(url, root)
    assert table["post_id"].to_pylist() == list(range(ROWS + 100))
    assert 100 <= fetched <= BLOCK_ROWS


def test_windows_that_overlap_share_their_blocks(url, root):
    read(url, root)
    table, fetched = read(url, root, SourceSettings(since=dt.date(2024, 1, 20)))
    assert table.num_rows > 0.9 * ROWS
    assert fetched <= BLOCK_ROWS


def test_batches_from_the_cache_are_as_small_as_asked(url, root):
    read(url, root)
    with open_source(url) as source:
        cache = BlockCache(LocalFileSystem(), root)
        batches = list(read_questions(source, SourceSettings(chunk_rows=1000), blocks=cache))
    assert max(batch.num_rows for batch in batches) == 1000


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_block_is_read_from_the_database_again(url, root, tmp_path, damage):
    first, _ = read(url, root)
    victim = max((tmp_path / "blocks").iterdir())
    victim.write_bytes(damaged(victim.read_bytes(), damage))
    table, fetched = read(url, root)
    assert table.equals(first)
    assert 0 < fetched <= BLOCK_ROWS
    assert read(url, root)[1] == 0


def damaged(content, how):
    if how != "flipped":
        return content[:-9] if how == "cut" else b""
    middle = len(content) // 3
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


def test_another_database_has_blocks_of_its_own(make_database, root):
    read(make_database([{"Id": 1, "Title": "one"}], name="one.db"), root)
    table, _ = read(make_database([{"Id": 1, "Title": "two"}], name="two.db"), root)
    assert table["title"].to_pylist() == ["two"]


class FullDisk(LocalFileSystem):
    def open(self, path, mode="r"):
        if "w" in mode:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().open(path, mode)


def test_a_full_disk_is_one_line(make_database, root):
    with pytest.raises(StorageError) as caught:
        read(make_database([{"Id": 1}]), root, files=FullDisk())
    assert str(caught.value) == (
        f"Cannot write the question cache {root}: No space left on device; free space there, or run with --no-cache."
    )


def test_a_write_leaves_nothing_unfinished(url, root, tmp_path):
    read(url, root)
    assert {file.suffix for file in (tmp_path / "blocks").iterdir()} == {".parquet"}
