import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tagstack.encoder import VectorCache, documents, encode_documents
from tagstack.errors import StorageError
from tagstack.storage import LocalFileSystem

TITLES = ["sort a list", "", "git", "sort a list", "x"]
TEXTS = ["how", "text alone", "", "how", "git"]


@pytest.fixture
def cache_of(tmp_path):
    return lambda encoder, files=None: VectorCache(files or LocalFileSystem(), str(tmp_path), encoder.fingerprint)


def test_separate_vectors_stand_side_by_side(make_encoder):
    encoder = make_encoder("separate")
    vectors = encode_documents(encoder, TITLES, TEXTS)
    np.testing.assert_array_equal(vectors, np.hstack([encoder.encode(TITLES), encoder.encode(TEXTS)]))
    assert vectors.flags.c_contiguous


def test_concatenated_documents_have_one_vector(make_encoder):
    encoder = make_encoder("concatenated")
    joined = ["sort a list\nhow", "text alone", "git", "sort a list\nhow", "x\ngit"]
    np.testing.assert_array_equal(encode_documents(encoder, TITLES, TEXTS), encoder.encode(joined))


def test_repeated_texts_are_encoded_once(make_encoder, letters):
    encode_documents(make_encoder(), TITLES, TEXTS)
    assert sorted(letters.texts) == ["git", "how", "sort a list", "text alone", "x"]


def test_no_documents_give_no_vectors(make_encoder):
    assert encode_documents(make_encoder(), [], []).shape == (0, 8)


@pytest.mark.parametrize("mode", ["separate", "concatenated"])
def test_progress_counts_documents_with_and_without_the_cache(make_encoder, cache_of, mode):
    encoder = make_encoder(mode)
    cache = cache_of(encoder)
    for _ in range(2):
        done = []
        encode_documents(encoder, TITLES * 40, TEXTS * 40, cache=cache, progress=done.append)
        assert sum(done) == 200


def test_only_unseen_texts_are_encoded(make_encoder, letters, cache_of):
    encoder = make_encoder()
    first = encode_documents(encoder, TITLES, TEXTS, cache=cache_of(encoder))
    letters.calls.clear()
    second = encode_documents(encoder, [*TITLES, "new"], [*TEXTS, "git"], cache=cache_of(encoder))
    assert letters.texts == ["new"]
    np.testing.assert_array_equal(second[:5], first)


def test_an_interrupted_run_keeps_what_it_had_encoded(make_encoder, letters, cache_of):
    encoder = make_encoder("concatenated")
    cache = cache_of(encoder)
    titles = [f"title {number}" for number in range(64)]

    def interrupt(done):
        if len(letters.calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_documents(encoder, titles, [""] * 64, cache=cache, progress=interrupt)
    letters.calls.clear()
    encode_documents(encoder, titles, [""] * 64, cache=cache)
    assert len(letters.texts) == 16


def test_a_full_disk_stops_the_run_in_one_line_and_the_next_one_goes_on(
    make_encoder, letters, cache_of, full_disk, monkeypatch
):
    monkeypatch.setattr(documents, "_SEGMENT_TEXTS", 16)
    encoder = make_encoder("concatenated")
    titles = [f"title {number}" for number in range(64)]
    with pytest.raises(StorageError, match=r"^Cannot write the vector cache .*No space left on device"):
        encode_documents(encoder, titles, [""] * 64, cache=cache_of(encoder, full_disk(2 * (40 + 16 * 36) + 10)))
    letters.calls.clear()
    encode_documents(encoder, titles, [""] * 64, cache=cache_of(encoder))
    assert len(letters.texts) == 32


SLOW_RUN = """
import runpy, sys, time
conftest = runpy.run_path(sys.argv[1])
from tagstack.encoder import Encoder, VectorCache, documents, encode_documents
from tagstack.storage import LocalFileSystem
documents._SEGMENT_TEXTS = 64
class Slow(conftest["Letters"]):
    def __call__(self, texts):
        time.sleep(0.02)
        return super().__call__(texts)
encoder = Encoder(conftest["fingerprint"]("concatenated"), Slow, 16)
titles = [f"title {number}" for number in range(4096)]
encode_documents(encoder, titles, [""] * 4096, cache=VectorCache(LocalFileSystem(), sys.argv[2], encoder.fingerprint))
"""


def test_a_killed_run_is_resumed(make_encoder, letters, cache_of, tmp_path):
    here = Path(__file__).with_name("conftest.py")
    run = subprocess.Popen([sys.executable, "-c", SLOW_RUN, str(here), str(tmp_path)])
    deadline = time.monotonic() + 30
    while len(list(tmp_path.glob("*/*.vectors"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    encoder = make_encoder("concatenated")
    titles = [f"title {number}" for number in range(4096)]
    vectors = encode_documents(encoder, titles, [""] * 4096, cache=cache_of(encoder))
    assert len(letters.texts) <= 4096 - 3 * 64
    np.testing.assert_array_equal(vectors, encoder.encode(titles))
