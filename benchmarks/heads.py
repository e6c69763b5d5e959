"""Both heads on both ways to encode a document, on the real questions and the default split: what the defaults rest on.

Metrics are those of the test part, with 95% bootstrap intervals; settings were chosen by the
calibration part, with test figures in sight, so these may be a little high.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from pathlib import Path
from typing import get_args

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from results import markdown_table, record
from training import DATA, load

from tagstack.bootstrap import Estimate
from tagstack.config import EncoderSettings, EvaluationSettings, HeadName, ModelSettings, Settings, SourceSettings
from tagstack.contract import validate
from tagstack.embeddings import Mode
from tagstack.encoder.corpus import embed_documents
from tagstack.evaluation import evaluate
from tagstack.labels import choose_classes, label_documents
from tagstack.model.tagmodel import Recipe
from tagstack.model.training import train
from tagstack.preparation import prepare
from tagstack.questions.reader import open_source, read_questions
from tagstack.scorecard import HEADLINE
from tagstack.split import split_documents
from tagstack.table import RAW_QUESTIONS, Table, write_table

SETTINGS = Settings()


def main() -> None:
    """Measure and record."""
    import pandas as pd

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as folder:
        url = f"sqlite:///{folder}/posts.db"
        load(url, pd.read_parquet(DATA))
        documents = _documents(url)
    frame = documents.frame(["post_id", "created_at", "tags", "group"])
    ids = frame["post_id"].to_numpy()
    split = split_documents(ids, frame["created_at"], frame["group"].to_numpy(), settings=SETTINGS.split)
    classes = choose_classes(frame["tags"][frame["post_id"].isin(split.members("train"))], settings=SETTINGS.labels)
    labels = label_documents(ids, frame["tags"], classes)
    rows = []
    for mode in get_args(Mode):
        embeddings = embed_documents(documents, EncoderSettings(mode=mode))
        for head in get_args(HeadName):
            started = time.perf_counter()
            model = train(embeddings, labels, split, settings=ModelSettings(head=head), recipe=Recipe())
            seconds = time.perf_counter() - started
            judged = evaluate(model, embeddings, labels, split, documents, EvaluationSettings(baselines=()))
            rows.append([mode, head, *(_format(judged.model.metric(name)) for name in HEADLINE), f"{seconds:.0f}"])
    text = markdown_table(["mode", "head", *HEADLINE, "training s"], rows)
    print(text) if arguments.dry_run else record("heads.py", "Heads and encoding modes on real questions", text)


def _documents(url: str) -> Table:
    source = SourceSettings(database_url=url)
    with open_source(url) as opened:
        raw = write_table(read_questions(opened, source), RAW_QUESTIONS)
    now = dt.datetime.now(dt.UTC)
    valid = validate(raw, settings=SETTINGS.contract, privacy=SETTINGS.privacy, since=None, until=None, now=now)
    return prepare(valid.questions, settings=SETTINGS.preparation).documents


def _format(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


if __name__ == "__main__":
    main()
