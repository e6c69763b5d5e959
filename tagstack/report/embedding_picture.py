"""Pictures of an embedding matrix: a map of the documents and the lengths of their vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from sklearn.decomposition import PCA

from tagstack.report.canvas import GREY, PALETTE, name_legend, nothing, panels, style, to_svg
from tagstack.report.distributions import histogram
from tagstack.report.formats import listing, percent, plural

FloatMatrix = npt.NDArray[np.float32]
_MARKERS = "osD^vPX*"
_TITLE = "Map of the embeddings"


def embedding_map(vectors: FloatMatrix, groups: Sequence[str | None], *, points: int = 2000, seed: int = 0) -> str:
    """Draw documents in the plane of their vectors' two principal components, coloured by group.

    The components are those of a seeded sample, found by randomised SVD (Halko et al., 2011).

    Args:
        vectors: float32[n, d]; rows that are not finite are left out; only the sample is read from a memory map.
        groups: n names, such as each document's most frequent tag; None for documents of no group.
        points: Most documents drawn.
        seed: Which of them.
    """
    chosen = _sample(len(vectors), points, seed)
    sample = np.asarray(vectors[chosen], dtype=np.float32)
    finite = np.isfinite(sample).all(axis=1)
    sample, chosen = sample[finite], chosen[finite]
    if len(sample) < 3 or sample.shape[1] < 2 or not np.ptp(sample, axis=0).any():
        return nothing(_TITLE, "Too few different vectors for a map.")
    pca = PCA(n_components=2, svd_solver="randomized", random_state=seed).fit(sample)
    return _scatter(pca.transform(sample), pca.explained_variance_ratio_, [groups[at] for at in chosen])


def norm_histogram(vectors: FloatMatrix, *, rows: int = 20_000, seed: int = 0) -> str:
    """Draw the Euclidean lengths of a sample of vectors, float32[n, d]."""
    sample = np.asarray(vectors[_sample(len(vectors), rows, seed)], dtype=np.float64)
    return histogram(np.linalg.norm(sample, axis=1), label="Length of a vector")


def _sample(total: int, wanted: int, seed: int) -> npt.NDArray[np.intp]:
    if total <= wanted:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).choice(total, wanted, replace=False))


def _scatter(plane: npt.NDArray[np.floating], explained: npt.NDArray[np.floating], groups: Sequence[str | None]) -> str:
    frequent = [name for name, _ in Counter(name for name in groups if name is not None).most_common(len(PALETTE))]
    rank = {name: at for at, name in enumerate(frequent)}
    member = np.array([-1 if name is None else rank.get(name, -1) for name in groups])
    with style():
        figure, (axes,) = panels((7.4, 5.0))
        looks = [(GREY, "."), *zip(PALETTE, _MARKERS, strict=True)][: len(frequent) + 1]
        handles = [_points(axes, plane[member == at], *look) for at, look in enumerate(looks, -1)]
        axes.set(
            xlabel=f"First component ({percent(explained[0])} of the variance)",
            ylabel=f"Second component ({percent(explained[1])})",
        )
        axes.set(xticks=[], yticks=[])
        name_legend(axes, [*frequent, "other"], [*handles[1:], handles[0]], loc="upper left", bbox_to_anchor=(1, 1))
        figure.set_dpi(150)
        return to_svg(
            figure, title=_TITLE, description=f"{plural(len(plane), 'document')}, coloured by {listing(frequent)}."
        )


def _points(axes: Axes, points: npt.NDArray[np.floating], color: str, marker: str) -> Artist:
    axes.scatter(points[:, 0], points[:, 1], s=20, c=color, marker=marker, alpha=0.75, linewidths=0, rasterized=True)
    return axes.scatter([], [], s=36, c=color, marker=marker, linewidths=0)
