"""How much real questions change by themselves, and how often the tests of data drift raise a false alarm.

*Neighbours*: the tests between adjacent stretches of time of the real sets, within one source of the mixed one. The
least changes that count as drift (`tagstack.drift.settings`) come from them.

*False alarms*: real questions of one week, dealt out by chance to a reference and a window, so that nothing changed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from real_sets import GENERAL, MIXED, RealSet, load_real_set
from results import markdown_table, record

from tagstack.drift.data import find_data_drift
from tagstack.drift.descriptor_shift import score_descriptors
from tagstack.drift.descriptors import describe
from tagstack.drift.embedding_shift import score_embeddings
from tagstack.drift.mixes import score_tags
from tagstack.drift.permutation import relabel
from tagstack.drift.report import DriftScore
from tagstack.drift.settings import DriftSettings

Rows = npt.NDArray[np.intp]

DEFAULT = DriftSettings()
NOTHING = {"min_distance": 0.0, "min_mix_distance": 0.0, "min_tag_change": 0.0, "min_auc": 0.5, "min_rate_ratio": 1.0}
FULL_DAYS = ("2018-04-12", "2018-04-19", "2018-04-20", "2018-04-24")
"""Days of which the general set has nearly every question."""
STRETCH = 600
SIZES = ((3000, 100), (3000, 300), (3000, 1000), (1000, 1000), (400, 400))
FAMILIES = ("descriptors", "embeddings", "true_tags")


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--folder", type=Path, help="Where vectors are kept from one call to the next.")
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as scratch:
        folder = arguments.folder or Path(scratch)
        general, mixed = load_real_set(GENERAL, folder), load_real_set(MIXED, folder)
        text = f"{_neighbours(general, mixed)}\n\n{_false_alarms(general, arguments.runs)}"
    print(text) if arguments.dry_run else record("data_drift.py", "Data drift: ordinary changes, false alarms", text)


def _neighbours(general: RealSet, mixed: RealSet) -> str:
    header = ["neighbours", "sizes", "KS, largest", "of", "AUC", "tag mix", "single tag", "questions a day", "drift"]
    rows = []
    for data, pairs in ((general, _general_pairs(general)), (mixed, _mixed_pairs(mixed))):
        for name, before, after in pairs:
            scores = find_data_drift(data.sample(before), data.sample(after), DEFAULT)
            rows.append([name, f"{len(before)}, {len(after)}", *_figures(scores)])
    note = (
        "Largest Kolmogorov-Smirnov distance of a descriptor and of which; AUC of the embeddings; Jensen-Shannon "
        "distance of the tag mixes beyond chance; largest Cohen's h of a tag; what the defaults call drift."
    )
    return f"{note}\n\n{markdown_table(header, rows)}"


def _figures(scores: tuple[DriftScore, ...]) -> list[str]:
    one = {score.name: score for score in scores}
    numbers = [score for score in scores if score.statistic == "Kolmogorov-Smirnov"]
    largest = max(numbers, key=lambda score: score.value)
    rate = one["questions a day"].effect
    drifted = [score.name for score in scores if score.drifted and score.family != "predicted_tags"]
    return [
        f"{largest.value:.3f}",
        largest.name,
        f"{one['embeddings'].value:.3f}",
        f"{one['true tags'].effect:.3f}",
        f"{one['single true tags'].value:.3f}",
        "" if rate is None else f"x {rate:.2f}",
        ", ".join(drifted),
    ]


def _general_pairs(data: RealSet) -> Iterator[tuple[str, Rows, Rows]]:
    asked = data.rows["created_at"]
    days = [np.flatnonzero(asked.dt.strftime("%Y-%m-%d") == day) for day in FULL_DAYS]
    for at in range(1, len(days)):
        yield f"general, {FULL_DAYS[at - 1]} and {FULL_DAYS[at]}", days[at - 1], days[at]
    quarters = asked.dt.tz_localize(None).dt.to_period("Q")
    for before in pd.period_range("2016Q1", "2017Q3", freq="Q"):
        yield (
            f"general, {before} and {before + 1}",
            np.flatnonzero(quarters == before),
            np.flatnonzero(quarters == before + 1),
        )


def _mixed_pairs(data: RealSet) -> Iterator[tuple[str, Rows, Rows]]:
    """Yield consecutive stretches of sources that have some thousand questions, none longer than a year."""
    months = data.rows["created_at"].dt.strftime("%Y-%m")
    for source, count in data.rows["source"].value_counts().items():
        own = np.flatnonzero(data.rows["source"] == source)
        parts = np.array_split(own, max(count // STRETCH, 1))
        short = [len(part) > 1 and _days(data, part) < 366 for part in parts]
        for at in range(1, len(parts)):
            if short[at - 1] and short[at]:
                name = f"{source}, from {months[parts[at - 1][0]]} and from {months[parts[at][0]]}"
                yield name, parts[at - 1], parts[at]


def _days(data: RealSet, rows: Rows) -> int:
    asked = data.rows["created_at"].iloc[rows]
    return int((asked.max() - asked.min()).days)


def _false_alarms(data: RealSet, runs: int) -> str:
    asked = data.rows["created_at"]
    pool = np.flatnonzero((asked >= "2018-04-18") & (asked < "2018-04-25"))
    pool = pool[~data.rows["group"].iloc[pool].duplicated().to_numpy()]
    frame = describe(data.sample(pool))
    rows = []
    for reference, window in SIZES:
        significant, drift = Counter[str](), Counter[str]()
        for run in range(runs):
            chosen = np.random.default_rng([reference, window, run]).permutation(len(pool))[: reference + window]
            scores = _score(data, pool[chosen], frame.iloc[chosen].reset_index(drop=True), window, run)
            significant.update({score.family for score in scores if score.drifted})
            drift.update({score.family for score in scores if score.drifted and _large(score)})
        shares = [f"{100 * found[family] / runs:.1f}%" for family in FAMILIES for found in (significant, drift)]
        rows.append([f"{reference}, {window}", *shares])
    header = ["reference, window", *(f"{family}: {kind}" for family in FAMILIES for kind in ("significant", "drift"))]
    error = 100 * np.sqrt(0.05 * 0.95 / runs)
    note = f"Share of {runs} windows in which nothing changed; the stated rate is 5% (standard error {error:.1f}%)."
    return f"{note}\n\n{markdown_table(header, rows)}"


def _score(data: RealSet, rows: Rows, frame: pd.DataFrame, window: int, run: int) -> list[DriftScore]:
    settings = DriftSettings(**NOTHING, seed=run)
    labels = relabel(reference=len(rows) - window, window=window, permutations=settings.permutations, seed=run)
    tags = score_tags(data.truth[rows], labels, classes=data.classes, family="true_tags", settings=settings)
    embeddings = score_embeddings(data.vectors[rows], labels, settings)
    return [*score_descriptors(frame, labels, settings), embeddings, *tags]


def _large(score: DriftScore) -> bool:
    """Say whether a significant change also counts by the defaults."""
    if score.statistic == "Jensen-Shannon distance":
        return score.effect >= DEFAULT.min_mix_distance
    least = {"Kolmogorov-Smirnov": DEFAULT.min_distance, "AUC": DEFAULT.min_auc}
    return score.value >= least.get(score.statistic, DEFAULT.min_tag_change)


if __name__ == "__main__":
    main()
