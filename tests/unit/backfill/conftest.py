"""Questions in SQLite, a stand-in for the encoder, and a shard's work on both."""

from __future__ import annotations

import sqlite3

import pytest

from tagstack.backfill import shard as work
from tagstack.backfill.plan import plan_shards
from tagstack.embeddings import EncoderFingerprint
from tagstack.encoder import Encoder
from tagstack.questions.source import open_source
from tagstack.settings_file import load_settings
from tagstack.storage import LocalFileSystem

FILES = LocalFileSystem()


class Lengths:
    """A module without TensorFlow: a text's vector is its length. It remembers its texts, and fails when it is told."""

    sha256, dimension = "0" * 64, 2

    def __init__(self):
        self.texts, self.fails_after = [], None

    def __call__(self, texts):
        import numpy as np

        if self.fails_after is not None and len(self.texts) + len(texts) > self.fails_after:
            raise KeyboardInterrupt
        self.texts += texts
        return np.array([[len(text), 1] for text in texts], np.float32)


@pytest.fixture
def module():
    return Lengths()


@pytest.fixture
def encoder(module):
    fingerprint = EncoderFingerprint(
        handle="lengths", module_sha256=module.sha256, mode="separate", max_characters=200, dimension=4
    )
    return Encoder(fingerprint, lambda: module, 16)


@pytest.fixture
def posts(tmp_path):
    """Write questions by Id into a new SQLite file: `posts({7: {"Title": "A title"}})`; return its URL."""

    def make(rows):
        file = tmp_path / "posts.db"
        columns = "Id, PostTypeId INTEGER, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT, Score INTEGER"
        connection = sqlite3.connect(file)
        with connection:
            connection.execute(f"CREATE TABLE Posts ({columns})")
            for number, row in rows.items():
                usual = {
                    "Id": number,
                    "PostTypeId": 1,
                    "CreationDate": "2024-01-05T10:00:00.000",
                    "Title": f"How do I sort list {number}",
                    "Body": f"<p>It is unsorted, and has {number} items</p>",
                    "Tags": "<python>",
                    "Score": 0,
                } | row
                marks = ", ".join("?" * len(usual))
                connection.execute(f"INSERT INTO Posts ({', '.join(usual)}) VALUES ({marks})", list(usual.values()))
        connection.close()
        return f"sqlite:///{file}"

    return make


@pytest.fixture
def settings():
    return load_settings(assignments=["contract.max_bad_share=1.0", "contract.max_empty_title_share=1.0"])


@pytest.fixture
def plan(settings):
    def run(url, shards):
        with open_source(url) as source:
            return plan_shards(source, settings.source, shards=shards)

    return run


@pytest.fixture
def encode(encoder, settings, tmp_path, monkeypatch):
    """Encode one shard into the cache of this test."""
    monkeypatch.setattr(work, "shared_encoder", lambda *_: encoder)

    def run(shard, url, **given):
        cache = (FILES, str(tmp_path / "vectors"))
        return work.encode_shard(shard, settings, url=url, encoder=encoder.fingerprint, cache=cache, **given)

    return run
