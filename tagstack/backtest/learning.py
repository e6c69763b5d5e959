"""Training as it would have been on a day of the past; what was trained once is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tagstack.backtest.past import Past
from tagstack.errors import StorageError
from tagstack.evaluation import evaluate
from tagstack.labels import choose_classes, label_documents
from tagstack.model.card import text_recipe
from tagstack.model.tagmodel import TagModel, load_model, save_model
from tagstack.model.training import train
from tagstack.scorecard import Evaluation
from tagstack.split import Split, split_documents

Ids = npt.NDArray[np.int64]
_EVALUATION, _IDS, _PARTS = "evaluation.json", "ids.npy", "parts.npy"


@dataclass(frozen=True, eq=False)
class Learned:
    """A model of the past.

    Attributes:
        model: The model.
        split: What it was fitted, calibrated and tested on.
        evaluation: On its test questions.
    """

    model: TagModel
    split: Split
    evaluation: Evaluation

    @property
    def fitted(self) -> Ids:
        """Post ids of the questions that it was fitted and calibrated on."""
        return np.concatenate([self.split.members("train"), self.split.members("calibrate")])


def learn(past: Past, *, until: dt.datetime, days: int | None = None, folder: Path) -> Learned:
    """Train on what was known at a moment, or take the model that was trained on it before.

    Args:
        past: The questions.
        until: The moment.
        days: How far back the training reaches; None is to the first question.
        folder: Where models are kept.

    Raises:
        TagstackError: The questions are too few to be split, or to learn two tags from.
        StorageError: The model cannot be kept.
    """
    since = until - dt.timedelta(days=days) if days else None
    name = hashlib.sha256(f"{past.key} {since} {until}".encode()).hexdigest()
    kept = folder / name
    if (kept / _EVALUATION).exists():
        return _read(kept)
    learned = _train(past, since, until)
    _write(learned, kept)
    return learned


def _train(past: Past, since: dt.datetime | None, until: dt.datetime) -> Learned:
    known, settings = past.between(since, until), past.settings
    ids = known["post_id"].to_numpy()
    split = split_documents(ids, known["created_at"], known["group"].to_numpy(), settings=settings.split)
    classes = choose_classes(known["tags"][known["post_id"].isin(split.members("train"))], settings=settings.labels)
    labels = label_documents(ids, known["tags"], classes)
    model = train(past.embeddings, labels, split, settings=settings.model, recipe=text_recipe(settings))
    judged = settings.evaluation.model_copy(update={"baselines": ("popularity",)})
    return Learned(model, split, evaluate(model, past.embeddings, labels, split, past.documents, judged))


def _write(learned: Learned, folder: Path) -> None:
    unfinished = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.part")
    try:
        unfinished.mkdir(parents=True)
        save_model(learned.model, unfinished)
        np.save(unfinished / _IDS, learned.split.ids, allow_pickle=False)
        np.save(unfinished / _PARTS, learned.split.parts, allow_pickle=False)
        (unfinished / _EVALUATION).write_text(learned.evaluation.model_dump_json(), encoding="utf-8")
        unfinished.rename(folder)
    except OSError as error:
        if folder.exists():  # another process was faster
            return
        raise StorageError(f"Cannot keep a model in {folder.parent}: {error.strerror}; free space there.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _read(folder: Path) -> Learned:
    ids, parts = (np.load(folder / name, allow_pickle=False) for name in (_IDS, _PARTS))
    evaluation = Evaluation.model_validate_json((folder / _EVALUATION).read_bytes())
    return Learned(load_model(folder), Split(ids=ids, parts=parts), evaluation)
