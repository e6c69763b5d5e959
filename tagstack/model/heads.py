"""What is learnt: a head turns vectors into one score a tag. Fitting needs a library, applying one only NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from tagstack.config import HeadName, ModelSettings
from tagstack.errors import ModelError

Matrix = npt.NDArray[np.float32]


@runtime_checkable
class Head(Protocol):
    """A fitted head for d-dimensional vectors and k tags."""

    def logits(self, vectors: Matrix) -> Matrix:
        """Return a score for each of n documents and k tags, float32[n, k]."""

    def weights(self) -> dict[str, Matrix]:
        """Return everything `head_from_weights` needs to make the same head again."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Vectors and their tags.

    Attributes:
        vectors: float32[n, d].
        tags: float32[n, k], 0 or 1.
    """

    vectors: Matrix
    tags: Matrix


Fit = Callable[[Examples, Examples, ModelSettings], Head]
"""Fits a head on the first examples; may watch the second to know when to stop."""


@dataclass(frozen=True, eq=False)
class FeedForward:
    """Dense layers with rectified linear units between them; one layer alone is a linear model.

    Attributes:
        layers: kernel float32[inputs, outputs] and bias float32[outputs] of each layer.
    """

    layers: tuple[tuple[Matrix, Matrix], ...]

    def logits(self, vectors: Matrix) -> Matrix:
        """Return the last layer's output, float32[n, k]."""
        (kernel, bias), *following = self.layers
        outputs = vectors @ kernel + bias
        for kernel, bias in following:
            outputs = np.maximum(outputs, 0, out=outputs) @ kernel + bias
        return outputs

    def weights(self) -> dict[str, Matrix]:
        """Return kernels and biases by name."""
        named: dict[str, Matrix] = {}
        for at, (kernel, bias) in enumerate(self.layers):
            named |= {f"layer{at}.kernel": kernel, f"layer{at}.bias": bias}
        return named


def fit_head(train: Examples, calibrate: Examples, *, settings: ModelSettings) -> Head:
    """Fit the head that the settings name; the same inputs and seed give the same head.

    Args:
        train: What is learnt from.
        calibrate: What early stopping watches.
        settings: Which head, its parameters, the seed.
    """
    return _fits()[settings.head](train, calibrate, settings)


def head_from_weights(weights: Mapping[str, Matrix]) -> Head:
    """Make a head from what `Head.weights` returned.

    Raises:
        ModelError: The weights do not fit together.
    """
    names = [f"layer{at}" for at in range(len(weights) // 2)]
    try:
        layers = tuple((weights[f"{name}.kernel"], weights[f"{name}.bias"]) for name in names)
    except KeyError as error:
        raise ModelError(f"The model's weights lack {error}; train the model again.") from None
    sizes = [kernel.shape for kernel, _ in layers]
    joined = all(left[1] == right[0] for left, right in pairwise(sizes))
    if not layers or not joined or any(bias.shape != (kernel.shape[-1],) for kernel, bias in layers):
        raise ModelError(f"The model's layers {sizes} do not fit together; train the model again.")
    return FeedForward(layers)


def _fits() -> Mapping[HeadName, Fit]:
    from tagstack.model import dense, logistic  # noqa: PLC0415 - scikit-learn is only needed to fit

    return {"dense": dense.fit, "logistic": logistic.fit}
