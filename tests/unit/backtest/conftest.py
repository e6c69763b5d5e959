"""Nine months of small questions whose tags are words of their titles, and of which one tag is new from July on."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tagstack.alerts.settings import AlertSettings
from tagstack.backtest.past import Past
from tagstack.backtest.report import Policy
from tagstack.drift.settings import DriftSettings
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.encoder import Encoder, VectorCache, encode_documents
from tagstack.retraining_settings import RetrainingSettings
from tagstack.settings_file import load_settings
from tagstack.split import utc
from tagstack.storage import LocalFileSystem
from tagstack.table import DOCUMENTS, QUESTIONS, Table, write_table

WORDS = ("java", "python", "sql", "css", "polars")
SINCE, CHANGE, UNTIL = dt.date(2024, 4, 1), dt.date(2024, 7, 1), dt.date(2024, 10, 1)
DAY = dt.timedelta(days=1)
SETTINGS = (
    "model.head=logistic",
    "model.calibration=none",
    "labels.min_support=5",
    "evaluation.bootstrap_samples=40",
    "policy.bootstrap_samples=40",
    "policy.min_new_questions=20",
    "policy.max_loss=0.1",
)


@pytest.fixture(scope="session")
def questions() -> pd.DataFrame:
    """Six questions a day, each about one of the words that were known then."""
    generator = np.random.default_rng(0)
    rows = []
    for number in range(6 * 274):
        moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + number * DAY / 6
        new = moment.date() >= CHANGE and generator.random() < 0.5
        tag = "polars" if new else WORDS[generator.integers(4)]
        said = tag if generator.random() < 0.95 else "something"
        title = f"How to {said} with {number % 7 + 1}"
        rows.append({"post_id": number + 1, "created_at": moment, "title": title, "tags": [tag], "score": 0})
    return pd.DataFrame(rows)


class Words:
    """A module without TensorFlow: it counts words."""

    sha256, dimension = "0" * 64, len(WORDS)

    def __call__(self, texts):
        return np.array([[text.lower().split().count(word) for word in WORDS] for text in texts], np.float32)


@pytest.fixture(scope="session")
def past(questions, tmp_path_factory) -> Past:
    """The questions, encoded by counting words."""
    named = {"handle": "words", "module_sha256": Words.sha256, "mode": "separate", "max_characters": 100}
    encoder = Encoder(EncoderFingerprint(**named, dimension=2 * len(WORDS)), Words, 16)
    cache = VectorCache(LocalFileSystem(), str(tmp_path_factory.mktemp("vectors")), encoder.fingerprint)
    encode = functools.partial(encode_documents, encoder, cache=cache)
    titles = questions["title"].tolist()
    documents = _table(questions.assign(text="", code="", group=questions["post_id"]), DOCUMENTS)
    ids = questions["post_id"].to_numpy()
    vectors = EmbeddingMatrix(ids, encode(titles, [""] * len(titles)), encoder.fingerprint)
    index = documents.frame(["post_id", "created_at", "tags", "group"])
    settings, key = load_settings(assignments=SETTINGS), hashlib.sha256(b"toy").hexdigest()
    body = _table(questions.assign(body="<p>" + questions["title"] + "</p>"), QUESTIONS)
    return Past(body, documents, index, utc(index["created_at"]), vectors, encode, settings, key)


def _table(frame: pd.DataFrame, schema: pa.Schema) -> Table:
    batch = pa.RecordBatch.from_pandas(frame[schema.names], schema, preserve_index=False)
    return write_table([batch], schema)


@pytest.fixture(scope="session")
def policy():
    """Thresholds for few questions: `policy("quick", drifted_runs=1)`."""

    def make(name="usual", **retraining):
        drift = DriftSettings(min_questions=40, window_days=21)
        rule = RetrainingSettings(**({"min_new_labels": 20, "cooldown_days": 7, "window_days": 60} | retraining))
        return Policy(name, drift, rule, AlertSettings())

    return make
