"""The table of descriptors: both samples, and no text in it."""

import datetime as dt

import numpy as np
import pandas as pd

from tagstack.drift.described import describe_both, part_of
from tagstack.drift.sample import Sample
from tagstack.metrics import Predictions


def sample(*titles):
    moments = [dt.datetime(2024, 8, 1, tzinfo=dt.UTC)] * len(titles)
    common = {"post_id": range(len(titles)), "created_at": moments, "title": titles, "tags": [["java"]] * len(titles)}
    documents = pd.DataFrame(common | {"text": ["secret words"] * len(titles), "code": [""] * len(titles)})
    questions = pd.DataFrame(common | {"body": ["<p>secret words</p>"] * len(titles)})
    said = Predictions(np.zeros((len(titles), 1), np.float32), np.zeros((len(titles), 1), bool))
    return Sample(questions, documents, np.zeros((len(titles), 2), np.float32), said, None, ("java",))


def test_both_samples_are_described_apart():
    table = describe_both(sample("one", "three"), sample("seventeen"))
    assert part_of(table, "reference")["title length"].tolist() == [3, 5]
    assert part_of(table, "window")["title length"].tolist() == [9]


def test_no_text_is_in_it():
    table = describe_both(sample("one"), sample("two"))
    assert not {"title", "text", "body", "code"} & set(table.schema.names)
    assert b"secret" not in table.path.read_bytes()
