"""One-vs-rest logistic regression."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from tagstack.config import ModelSettings
from tagstack.model.heads import Examples, FeedForward


def fit(train: Examples, calibrate: Examples, settings: ModelSettings) -> FeedForward:  # noqa: ARG001 - one interface
    """Fit all tags' regressions at once.

    A perceptron without hidden layers and with squared-weight decay 1/C is exactly one-vs-rest `LogisticRegression(C)`,
    but one matrix product serves all tags. Vectors are centred, which converges faster; the shift is folded into the
    intercepts.
    """
    options = settings.logistic
    centre = train.vectors.mean(axis=0)
    perceptron = MLPClassifier(
        hidden_layer_sizes=(),
        solver="lbfgs",
        alpha=1 / options.c,
        max_iter=options.max_iterations,
        random_state=settings.seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the iteration limit is a setting
        perceptron.fit(train.vectors - centre, train.tags.astype(np.int8))
    kernel = perceptron.coefs_[0]
    intercept = perceptron.intercepts_[0] - centre @ kernel
    return FeedForward(((kernel.astype(np.float32), intercept.astype(np.float32)),))
