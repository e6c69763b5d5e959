"""Our test of embeddings against Evidently's: errors on real questions, and time and memory at 10,000 x 512.

Errors: reference and window are drawn by chance from the general set's newest questions; in the window a share is
replaced by questions of another kind, or nothing is. Evidently's methods are called as its metric calls them, with
their defaults, without and with its bootstrap. Time: two matrices of 10,000 x 512, each method in a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from real_sets import GENERAL, RealSet, load_real_set
from results import markdown_table, record

from tagstack.drift.embedding_shift import score_embeddings
from tagstack.drift.permutation import relabel
from tagstack.drift.settings import DriftSettings

Matrix = npt.NDArray[np.float32]
Method = Callable[[Matrix, Matrix, int], bool]

REFERENCE, WINDOWS, SHARE = 2000, (300, 1000), 0.3
SIZE = (10_000, 512)
SIGNIFICANT, DEFAULT = DriftSettings(min_auc=0.5), DriftSettings()
OURS, OURS_LARGE = "tagstack, significant", f"tagstack, and AUC >= {DEFAULT.min_auc}"


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--folder", type=Path, help="Where vectors are kept from one call to the next.")
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as scratch:
        data = load_real_set(GENERAL, arguments.folder or Path(scratch))
    text = f"{_costs()}\n\n{_errors(data, arguments.runs)}"
    print(text) if arguments.dry_run else record("embedding_drift.py", "Drift of embeddings against Evidently", text)


def ours(settings: DriftSettings) -> Method:
    """Return our test."""

    def test(reference: Matrix, window: Matrix, seed: int) -> bool:
        sizes = {"reference": len(reference), "window": len(window)}
        labels = relabel(**sizes, permutations=settings.permutations, seed=seed)
        return bool(score_embeddings(np.concatenate([reference, window]), labels, settings).drifted)

    return test


def theirs(name: str, *, bootstrap: bool = False) -> Method:
    """Return one of Evidently's methods with its defaults."""

    def test(reference: Matrix, window: Matrix, _seed: int) -> bool:
        from evidently.legacy.metrics.data_drift import embedding_drift_methods as methods

        options = {"bootstrap": True} if bootstrap else {}
        return bool(getattr(methods, name)(**options)(_frame(window), _frame(reference))[1])

    return test


def their_metric(reference: Matrix, window: Matrix, _seed: int) -> bool:
    """Run Evidently's whole metric, with the pictures that it always draws."""
    from evidently.legacy.metrics import EmbeddingsDriftMetric
    from evidently.legacy.pipeline.column_mapping import ColumnMapping
    from evidently.legacy.report import Report

    frames = _frame(reference), _frame(window)
    report = Report(metrics=[EmbeddingsDriftMetric("vectors")])
    mapping = ColumnMapping(embeddings={"vectors": list(frames[0].columns)})
    report.run(reference_data=frames[0], current_data=frames[1], column_mapping=mapping)
    return bool(report.as_dict()["metrics"][0]["result"]["drift_detected"])


def _frame(vectors: Matrix) -> pd.DataFrame:
    return pd.DataFrame(vectors, columns=[f"v{at}" for at in range(vectors.shape[1])])


METHODS: dict[str, Method] = {
    OURS: ours(SIGNIFICANT),
    OURS_LARGE: ours(DEFAULT),
    "Evidently model": theirs("model"),
    "Evidently model, bootstrap": theirs("model", bootstrap=True),
    "Evidently mmd": theirs("mmd"),
    "Evidently mmd, bootstrap": theirs("mmd", bootstrap=True),
    "Evidently ratio": theirs("ratio"),
    "Evidently distance": theirs("distance"),
    "Evidently distance, bootstrap": theirs("distance", bootstrap=True),
}
WHOLE = "Evidently EmbeddingsDriftMetric"
SLOW, SLOWNESS = "Evidently mmd, bootstrap", 8
"""It takes so long that it is asked about one in so many windows only."""


def _errors(data: RealSet, runs: int) -> str:
    kinds, found = _kinds(data), Counter[tuple[str, str, int]]()
    for window in WINDOWS:
        for run in range(runs):
            for kind in kinds:
                drawn = _draw(data, kinds, kind, window, run)
                asked = {name: method for name, method in METHODS.items() if name != SLOW or run % SLOWNESS == 0}
                found.update({(name, kind, window) for name, method in asked.items() if method(*drawn, run)})
    columns = [(kind, window) for kind in kinds for window in WINDOWS]
    header = ["", *(f"{kind}, {window}" for kind, window in columns)]
    windows = {name: -(-runs // SLOWNESS) if name == SLOW else runs for name in METHODS}
    rows = [[name, *(f"{100 * found[name, *column] / windows[name]:.0f}%" for column in columns)] for name in METHODS]
    note = (
        f"How often {runs} windows of 300 and of 1,000 questions are said to have drifted, against {REFERENCE:,}: "
        f'"none" is by chance alone and should be 5% at most; else {SHARE:.0%} of the window were replaced. '
        f"{SLOW} saw {windows[SLOW]} of them."
    )
    return f"{note}\n\n{markdown_table(header, rows)}"


def _kinds(data: RealSet) -> dict[str, npt.NDArray[np.bool_]]:
    asked, words = data.rows["created_at"], data.rows["text"].str.split().str.len().to_numpy()
    new = (asked >= "2018-04-11").to_numpy()
    web = np.array([bool({"javascript", "html", "css"} & set(tags)) for tags in data.rows["tags"]])
    old = (asked < "2014-01-01").to_numpy()
    return {"none": new, "short texts": new & (words < 40), "web": new & web, "before 2014": old}


def _draw(
    data: RealSet, kinds: dict[str, npt.NDArray[np.bool_]], kind: str, window: int, run: int
) -> tuple[Matrix, Matrix]:
    generator = np.random.default_rng([window, run])
    pool = generator.permutation(np.flatnonzero(kinds["none"] & ~data.rows["group"].duplicated().to_numpy()))
    reference, rest = pool[:REFERENCE], pool[REFERENCE:]
    replaced = 0 if kind == "none" else round(SHARE * window)
    others = np.setdiff1d(np.flatnonzero(kinds[kind]), pool[: REFERENCE + window])
    later = np.concatenate([rest[: window - replaced], generator.choice(others, replaced, replace=False)])
    return data.vectors[reference], data.vectors[later]


def _costs() -> str:
    names = [OURS, *(name for name in METHODS if name.startswith("Evidently")), WHOLE]
    context = multiprocessing.get_context("spawn")
    rows = []
    for name in names:
        with context.Pool(1) as pool:
            rows.append((name, *pool.apply(_cost, (name,))))
    _, seconds, memory = rows[0]
    table = [
        [name, f"{spent:.2f}", f"{spent / seconds:.1f} x", f"{used:.0f}", f"{used / max(memory, 1):.1f} x"]
        for name, spent, used in rows
    ]
    note = f"Two matrices of {SIZE[0]:,} x {SIZE[1]}; ours with {SIGNIFICANT.permutations} relabellings. Peak memory is"
    note += " the growth of the process's resident set beyond libraries and matrices."
    return f"{note}\n\n{markdown_table(['', 'seconds', 'ratio', 'peak MiB', 'ratio'], table)}"


def _cost(name: str) -> tuple[float, float]:
    """Return seconds and the growth of the peak memory in MiB; a small call first loads what is loaded once."""
    warnings.simplefilter("ignore")
    method = their_metric if name == WHOLE else METHODS[name]
    generator = np.random.default_rng(0)
    small, (reference, window) = generator.normal(size=(2, 400, 16)), generator.normal(size=(2, *SIZE))
    method(small[0].astype(np.float32), small[1].astype(np.float32), 0)
    matrices = reference.astype(np.float32), window.astype(np.float32)
    del reference, window
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak counts from here
    before, started = _peak(), time.perf_counter()
    method(*matrices, 0)
    return time.perf_counter() - started, _peak() - before


def _peak() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**10


if __name__ == "__main__":
    main()
