import numpy as np
import pytest

from tagstack.encoder.segment import DamagedSegmentError, read_segment, read_vectors, write_segment
from tagstack.storage import LocalFileSystem

FILES = LocalFileSystem()
ROWS = 9000


@pytest.fixture(scope="module")
def content():
    random = np.random.default_rng(0)
    return random.integers(0, 2**63, (ROWS, 2), np.uint64), random.standard_normal((ROWS, 4)).astype(np.float32)


@pytest.fixture
def path(tmp_path, content):
    write_segment(FILES, str(tmp_path / "s"), *content)
    return tmp_path / "s"


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("rows", [[], [0], [ROWS - 1], [3, 4, 9], [0, 5000, 8999], list(range(ROWS))])
def test_any_rows_come_back_exactly(path, content, rows):
    segment = read_segment(FILES, str(path))
    sound, vectors = read_vectors(FILES, segment, np.array(rows, np.intp))
    np.testing.assert_array_equal(segment.keys, content[0])
    np.testing.assert_array_equal(vectors, content[1][rows])
    assert sound.all()


def test_a_truncated_segment_is_refused(path):
    with path.open("r+b") as file:
        file.truncate(5000)
    with pytest.raises(DamagedSegmentError, match="5000 bytes long"):
        read_segment(FILES, str(path))


@pytest.mark.parametrize("length", [0, 7, 39])
def test_a_segment_without_a_whole_header_is_refused(path, length):
    with path.open("r+b") as file:
        file.truncate(length)
    with pytest.raises(DamagedSegmentError):
        read_segment(FILES, str(path))


@pytest.mark.parametrize("at", [0, 9, 20, 30, 45, 40 + ROWS * 18])
def test_a_changed_header_key_or_checksum_is_refused(path, at):
    flip(path, at)
    with pytest.raises(DamagedSegmentError):
        read_segment(FILES, str(path))


def test_a_changed_vector_is_told_from_the_others(path):
    flip(path, 40 + ROWS * 20 + 16 * 7 + 3)
    sound, _ = read_vectors(FILES, read_segment(FILES, str(path)), np.arange(10))
    assert np.flatnonzero(~sound).tolist() == [7]


def test_a_segment_cut_after_its_keys_were_read_gives_what_is_left(path):
    segment = read_segment(FILES, str(path))
    with path.open("r+b") as file:
        file.truncate(40 + ROWS * 20 + 16 * 5 + 3)
    sound, _ = read_vectors(FILES, segment, np.arange(10))
    assert np.flatnonzero(sound).tolist() == [0, 1, 2, 3, 4]
