"""The trained model: weights as safetensors, everything else as JSON. Loading one executes nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy

from tagstack.config import HeadName
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.errors import ModelError
from tagstack.metrics import Predictions, top
from tagstack.model.calibration import Calibration
from tagstack.model.card import ModelCard, Recipe, read_card, text_recipe
from tagstack.model.heads import Head, head_from_weights

__all__ = ["ModelCard", "Recipe", "TagModel", "load_model", "pack", "save_model", "text_recipe"]

CARD = "model.json"
WEIGHTS = "weights.safetensors"
_BLOCK = 8192
"""Documents scored at a time, so that memory stays bounded."""

Array = npt.NDArray[Any]
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TagModel:
    """A fitted head with calibration and thresholds.

    Attributes:
        card: everything but the numbers.
        fitted: the head.
        calibration: from its scores to probabilities.
        thresholds: float32[k], probabilities from which tags are suggested.
    """

    card: ModelCard
    fitted: Head
    calibration: Calibration
    thresholds: Matrix

    @property
    def head(self) -> HeadName:
        """Which kind of head."""
        return self.card.settings.head

    @property
    def classes(self) -> tuple[str, ...]:
        """The k tags, sorted."""
        return self.card.classes

    @property
    def encoder(self) -> EncoderFingerprint:
        """What must have made the vectors."""
        return self.card.encoder

    @property
    def recipe(self) -> Recipe:
        """How a question becomes such a vector."""
        return self.card.recipe

    @property
    def sha256(self) -> str:
        """Identity: equal content, equal hash."""
        return self.card.sha256

    def probabilities(self, vectors: Matrix) -> Matrix:
        """Return calibrated probabilities float32[n, k] for vectors float32[n, d]; raises ModelError for another d."""
        if vectors.ndim != 2 or vectors.shape[1] != self.encoder.dimension:
            raise ModelError(f"The model reads vectors [n, {self.encoder.dimension}], got {list(vectors.shape)}.")
        found = np.empty((len(vectors), len(self.classes)), np.float32)
        for start in range(0, len(vectors), _BLOCK):
            block = slice(start, start + _BLOCK)
            found[block] = self.calibration.apply(self.fitted.logits(np.asarray(vectors[block], np.float32)))
        return found

    def suggest(self, probabilities: Matrix) -> npt.NDArray[np.bool_]:
        """Return which tags reach their threshold, bool[n, k]."""
        return probabilities >= self.thresholds

    def rank(self, probabilities: Matrix, k: int) -> npt.NDArray[np.intp]:
        """Return the k most probable classes of each document, best first."""
        return top(probabilities, k)

    def predict(self, embeddings: EmbeddingMatrix, ids: npt.NDArray[np.int64]) -> Predictions:
        """Predict documents of an embedding matrix.

        Raises:
            FingerprintError: Another encoder made the vectors.
            KeyError: One of `ids` has no vector.
        """
        embeddings.require(self.encoder)
        probabilities = self.probabilities(embeddings.rows(ids))
        return Predictions(probabilities, self.suggest(probabilities), self.thresholds)


def save_model(model: TagModel, folder: Path) -> None:
    """Write the model's two files into an existing folder."""
    folder.joinpath(WEIGHTS).write_bytes(pack(model.fitted, model.calibration, model.thresholds))
    stored = {"sha256": model.sha256, "card": model.card.model_dump(mode="json")}
    folder.joinpath(CARD).write_text(json.dumps(stored, indent=1, ensure_ascii=False), encoding="utf-8")


def load_model(folder: Path) -> TagModel:
    """Read a model and check that it is what was saved.

    Raises:
        ModelError: Files are missing, damaged or of another format.
    """
    try:
        stored, weights = json.loads((folder / CARD).read_bytes()), (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise ModelError(f"No model in {folder}: {error.strerror} ({CARD} and {WEIGHTS} are needed).") from None
    except ValueError:
        raise ModelError(f"{folder / CARD} is damaged: no JSON; restore it or train again.") from None
    card = read_card(stored, folder / CARD)
    if hashlib.sha256(weights).hexdigest() != card.weights_sha256:
        raise ModelError(f"{folder / WEIGHTS} is damaged: its SHA-256 is not the model's; restore it or train again.")
    return _unpack(card, safetensors.numpy.load(weights))


def pack(head: Head, calibration: Calibration, thresholds: Matrix) -> bytes:
    """Return the content of the weights file; equal arrays give equal bytes."""
    named = {"thresholds": thresholds}
    named |= {f"head.{name}": array for name, array in head.weights().items()}
    named |= {f"calibration.{name}": array for name, array in calibration.arrays.items()}
    return safetensors.numpy.save({name: np.ascontiguousarray(array) for name, array in named.items()})


def _unpack(card: ModelCard, arrays: dict[str, Array]) -> TagModel:
    groups: dict[str, dict[str, Array]] = {"head": {}, "calibration": {}}
    for name, array in arrays.items():
        group, _, rest = name.partition(".")
        groups.setdefault(group, {})[rest] = array
    thresholds = arrays.get("thresholds")
    if thresholds is None or thresholds.shape != (len(card.classes),):
        raise ModelError(f"The model has {len(card.classes)} tags but not as many thresholds; train it again.")
    calibration = Calibration(card.settings.calibration, groups["calibration"])
    return TagModel(card, head_from_weights(groups["head"]), calibration, thresholds)
