"""Saving and loading an embedding matrix of 200,000 x 512 against ZenML's NumpyMaterializer, in one run.

Each repeat saves and loads with both, in turn; each load is followed by a read of 1,000 rows. The memory of a load is
the growth of the private memory of a process of its own while it holds the matrix.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from results import markdown_table, record
from zenml.artifact_stores import LocalArtifactStore
from zenml.materializers.numpy_materializer import NumpyMaterializer

from materializers.matrices import EmbeddingMatrixMaterializer
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.storage import LocalFileSystem

SHAPE = (200_000, 512)
PRINT = EncoderFingerprint(handle="h", module_sha256="0" * 64, mode="concatenated", max_characters=1, dimension=512)
SAMPLE = np.random.default_rng(1).integers(0, SHAPE[0], 1000)


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    vectors = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as folder:
        rows = [_measure(name, kind, vectors, Path(folder), arguments.repeats) for name, kind in KINDS.items()]
    header = ["", "save s", "load and read 1,000 rows s", "private memory of that MiB"]
    table = [[name, f"{save:.2f}", f"{load:.3f}", f"{memory:.0f}"] for name, save, load, memory in rows]
    ours, theirs = rows
    table.append(["ratio", *(f"{theirs[i] / max(ours[i], 0.001):.1f} x" for i in (1, 2, 3))])
    size = vectors.nbytes / 2**20
    note = f"The matrix is {size:.0f} MiB. Saving also hashes the files, which NumpyMaterializer does not."
    text = f"{markdown_table(header, table)}\n\n{note}"
    print(text) if arguments.dry_run else record("matrix.py", "EmbeddingMatrix 200,000 x 512", text)


def _measure(name: str, kind: type, vectors: np.ndarray, folder: Path, repeats: int) -> tuple[str, float, float, float]:
    saves, loads = [], []
    for repeat in range(repeats):
        uri = folder / f"{kind.__name__}-{repeat}"
        uri.mkdir()
        data = EmbeddingMatrix(np.arange(SHAPE[0]), vectors, PRINT) if kind is EmbeddingMatrixMaterializer else vectors
        saves.append(_seconds(lambda: kind(str(uri), _store()).save(data)))  # noqa: B023 - called at once
        loads.append(_seconds(lambda: _load(kind, str(uri))))  # noqa: B023
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        memory = pool.apply(_memory, (kind, str(uri)))
    return name, statistics.median(saves), statistics.median(loads), memory


def _load(kind: type, uri: str) -> EmbeddingMatrix | np.ndarray:
    """Load the matrix and read some of its rows."""
    loaded = kind(uri, _store()).load(EmbeddingMatrix if kind is EmbeddingMatrixMaterializer else np.ndarray)
    (loaded.vectors if isinstance(loaded, EmbeddingMatrix) else loaded)[SAMPLE].sum()
    return loaded


def _memory(kind: type, uri: str) -> float:
    before = _private()
    loaded = _load(kind, uri)
    return _private() - before if loaded is not None else 0.0


def _private() -> float:
    """Return the private memory of this process in MiB; mapped files, whose pages the system may drop, do not count."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"RssAnon:\s*(\d+)", status)[1]) / 2**10


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _store() -> LocalArtifactStore:
    store = object.__new__(LocalArtifactStore)  # its file operations alone, without a ZenML store behind it
    store.open = LocalFileSystem().open
    store.exists = LocalFileSystem().exists
    return store


KINDS: dict[str, type] = {
    "EmbeddingMatrixMaterializer": EmbeddingMatrixMaterializer,
    "NumpyMaterializer": NumpyMaterializer,
}

if __name__ == "__main__":
    main()
