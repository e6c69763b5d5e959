"""Columnar tables on disk."""

import random

import pyarrow as pa

from tagstack.table import QUARANTINE, write_table


def _batch(first, count):
    return pa.RecordBatch.from_pydict(
        {"post_id": range(first, first + count), "rule": ["r"] * count, "detail": [None] * count}, schema=QUARANTINE
    )


def test_batches_come_back_in_order_and_size(tmp_path):
    table = write_table((_batch(start, 10) for start in range(0, 100, 10)), QUARANTINE, path=tmp_path / "t.parquet")
    batches = list(table.batches(columns=["post_id"], rows=32))
    assert table.rows == 100
    assert [batch.num_rows for batch in batches] == [32, 32, 32, 4]
    assert pa.Table.from_batches(batches)["post_id"].to_pylist() == list(range(100))


def test_a_table_without_rows_keeps_its_columns():
    table = write_table([], QUARANTINE)
    assert table.rows == 0
    assert table.frame().columns.tolist() == QUARANTINE.names


def test_equal_rows_give_equal_bytes(tmp_path):
    one, two = (write_table([_batch(0, 50)], QUARANTINE, path=tmp_path / name) for name in ("a", "b"))
    assert one.path.read_bytes() == two.path.read_bytes()


def test_reading_in_batches_holds_a_small_part_of_the_file(tmp_path):
    noise = (random.Random(at).randbytes(10_000).hex() for at in range(400))
    rows = (pa.RecordBatch.from_pylist([{"post_id": 1, "rule": "r", "detail": text}], QUARANTINE) for text in noise)
    table = write_table(rows, QUARANTINE, path=tmp_path / "t.parquet")
    before, most = pa.total_allocated_bytes(), 0
    for batch in table.batches(rows=8):
        most = max(most, pa.total_allocated_bytes() - before)
        assert batch.num_rows <= 8
    assert most < table.path.stat().st_size / 4
