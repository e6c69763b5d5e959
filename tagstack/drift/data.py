"""Data drift: whether questions, their vectors and their tags are distributed as in the reference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp

from tagstack.drift.descriptor_shift import RATE, score_descriptors, score_rate
from tagstack.drift.descriptors import CATEGORIES, NUMBERS, describe
from tagstack.drift.embedding_shift import score_embeddings
from tagstack.drift.mixes import NAMES, TagFamily, score_tags
from tagstack.drift.permutation import Labels, relabel
from tagstack.drift.report import DriftScore
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.drift.verdict import Tested, no_verdict
from tagstack.metrics import Predictions


def find_data_drift(reference: Sample, window: Sample, settings: DriftSettings) -> tuple[DriftScore, ...]:
    """Test descriptors, embeddings, predicted tags and, where they are known, true tags.

    Each of these four families finds drift where there is none with a chance of `settings.false_alarm_rate` at most.
    Of near-duplicates (documents of one `group`) the first counts, as copies are not independent evidence; only the
    questions a day count them all. More questions than `settings.max_questions` are sampled by `settings.seed`.

    Args:
        reference: Questions on which the model was tested.
        window: Later ones, with vectors of the same encoder and predictions of the same model.
        settings: Rates, sizes, and from which size on a change matters.

    Returns:
        The same tests in the same order for any samples; those that cannot be made have no verdict and say why.
    """
    before, after = independent(reference, settings), independent(window, settings)
    reason = _too_few(len(before), len(after), settings.min_questions)
    if reason:
        return tuple(no_verdict(tested, reason) for tested in _every_test(len(before), len(after)))
    labels = relabel(reference=len(before), window=len(after), permutations=settings.permutations, seed=settings.seed)
    frame = pd.concat([describe(before), describe(after)], ignore_index=True)
    return (
        *score_descriptors(frame, labels, settings),
        score_rate(_asked_at(reference), _asked_at(window), settings),
        score_embeddings(np.concatenate([before.vectors, after.vectors]), labels, settings),
        *_predicted(before, after, labels, settings),
        *_true(before, after, labels, settings),
    )


def independent(sample: Sample, settings: DriftSettings) -> Sample:
    """Return the first question of each group of near-duplicates, at most `settings.max_questions` of them."""
    groups = sample.documents.get("group", sample.documents["post_id"])
    rows = np.flatnonzero(~groups.duplicated().to_numpy())
    if len(rows) > settings.max_questions:
        drawn = np.random.default_rng(settings.seed).choice(rows, settings.max_questions, replace=False)
        rows = np.sort(drawn)
    return Sample(
        questions=sample.questions.iloc[rows],
        documents=sample.documents.iloc[rows],
        vectors=sample.vectors[rows],
        predictions=Predictions(
            sample.predictions.probabilities[rows], sample.predictions.suggested[rows], sample.predictions.thresholds
        ),
        truth=None if sample.truth is None else sample.truth[rows],
        classes=sample.classes,
        moments=_asked_at(sample),
    )


def _asked_at(sample: Sample) -> pd.Series:
    return sample.documents["created_at"] if sample.moments is None else sample.moments


def _too_few(reference: int, window: int, least: int) -> str:
    sides = {"reference": reference, "window": window}
    few = [f"{size} questions in the {side}" for side, size in sides.items() if size < least]
    return f"{' and '.join(few)}, {least} are needed (drift.min_questions)" if few else ""


def _every_test(reference: int, window: int) -> list[Tested]:
    sizes = (reference, window)
    numbers = [Tested(name, "descriptors", "Kolmogorov-Smirnov", *sizes) for name in NUMBERS]
    categories = [Tested(name, "descriptors", "Jensen-Shannon distance", *sizes) for name in CATEGORIES]
    rate = Tested(RATE, "descriptors", "rate ratio, either way", *sizes)
    embeddings = Tested("embeddings", "embeddings", "AUC", *sizes)
    return [
        *numbers,
        *categories,
        rate,
        embeddings,
        *_tag_tests("predicted_tags", sizes),
        *_tag_tests("true_tags", sizes),
    ]


def _tag_tests(family: TagFamily, sizes: tuple[int, int]) -> tuple[Tested, Tested]:
    name = NAMES[family]
    return (
        Tested(name, family, "Jensen-Shannon distance", *sizes),
        Tested(f"single {name}", family, "largest Cohen's h", *sizes),
    )


def _predicted(before: Sample, after: Sample, labels: Labels, settings: DriftSettings) -> tuple[DriftScore, ...]:
    tags = np.concatenate([before.predictions.suggested, after.predictions.suggested])
    return score_tags(tags, labels, classes=before.classes, family="predicted_tags", settings=settings)


def _true(before: Sample, after: Sample, labels: Labels, settings: DriftSettings) -> tuple[DriftScore, ...]:
    if before.truth is None or after.truth is None:
        side = "reference" if before.truth is None else "window"
        tests = _tag_tests("true_tags", (len(before), len(after)))
        return tuple(no_verdict(tested, f"the questions of the {side} have no tags") for tested in tests)
    tags = sp.vstack([before.truth, after.truth]).toarray()
    return score_tags(tags, labels, classes=before.classes, family="true_tags", settings=settings)
