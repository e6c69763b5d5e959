"""What a model has to beat: always the same tags, and a linear model on words."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from tagstack.metrics import Predictions
from tagstack.model.calibration import fit_calibration
from tagstack.model.thresholds import fit_thresholds

Matrix = npt.NDArray[np.float32]

_WORD = r"(?u)\w[\w.+#-]*[\w+#]|\w"
"""A word with the signs inside and behind it that names carry: c#, c++, node.js, utf-8."""


@dataclass(frozen=True, eq=False)
class Texts:
    """Questions as words, with their tags.

    Attributes:
        texts: n titles and texts.
        tags: bool[n, k].
    """

    texts: Sequence[str]
    tags: sp.csr_array


def predict_popular(tags: sp.csr_array, documents: int) -> Predictions:
    """Suggest the most frequent tags of the training part for every document.

    How many is what gives the best micro-F1 on the training part; the probabilities are the tags' shares there.

    Args:
        tags: bool[n, k] of the training part.
        documents: How many documents to predict.
    """
    supports = np.asarray(tags.sum(axis=0), np.float64).ravel()
    order = np.argsort(-supports, kind="stable")
    sizes = np.arange(1, len(order) + 1)
    best = 1 + int((2 * np.cumsum(supports[order]) / (sizes * tags.shape[0] + supports.sum())).argmax())
    suggested = np.isin(np.arange(len(order)), order[:best])
    shares = (supports / tags.shape[0]).astype(np.float32)
    return Predictions(np.tile(shares, (documents, 1)), np.tile(suggested, (documents, 1)))


def predict_by_words(train: Texts, calibrate: Texts, texts: Sequence[str]) -> Predictions:
    """Predict with TF-IDF of words and a linear support vector machine a tag.

    Scores become probabilities and suggestions as the model's do: a sigmoid and a threshold a tag, fitted on the
    calibration part.

    Args:
        train: Questions to learn from.
        calibrate: Questions for calibration and thresholds.
        texts: Titles and texts to predict.
    """
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, dtype=np.float32, token_pattern=_WORD, lowercase=True)
    learnt = words.fit_transform(train.texts)
    unseen = sp.vstack([words.transform(calibrate.texts), words.transform(texts)], format="csr")
    scores = _svm_scores(learnt, train.tags.toarray(), unseen)
    logits, truth = scores[: len(calibrate.texts)], calibrate.tags.toarray().astype(np.float32)
    calibration = fit_calibration(logits, truth, method="sigmoid")
    thresholds = fit_thresholds(calibration.apply(logits), truth)
    probabilities = calibration.apply(scores[len(calibrate.texts) :])
    return Predictions(probabilities, probabilities >= thresholds, thresholds)


def _svm_scores(learnt: sp.csr_array, tags: npt.NDArray[np.bool_], unseen: sp.csr_array) -> Matrix:
    # One thread: threads share liblinear's random numbers, and a yardstick must not change by itself.
    machines = OneVsRestClassifier(LinearSVC(C=0.3, tol=0.1, dual=True, max_iter=50, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a tag on every document is a constant
        warnings.simplefilter("ignore", ConvergenceWarning)  # few rounds are enough
        machines.fit(learnt, tags.astype(np.int8))
    return np.asarray(machines.decision_function(unseen), np.float32)
