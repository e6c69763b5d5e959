"""Any module of TensorFlow Hub that maps strings to vectors: found by its handle, hashed, loaded and tried."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagstack.encoder.offline import offline_folder
from tagstack.encoder.runtime import tensorflow, tensorflow_hub
from tagstack.encoder.weights import module_sha256
from tagstack.errors import EncoderError, FingerprintError, TagstackError

OFFLINE = "offline"
_PROBE = ("How do I parse a date?", "list")


TextFunction = Callable[[Any], Any]
"""From a string tensor of shape [n] to a float tensor of shape [n, d]."""


@dataclass(frozen=True)
class Module:
    """A loaded module.

    Attributes:
        sha256: hash of what it computes: of its files, or of what it was built from.
        dimension: length of a text's vector.
    """

    sha256: str
    dimension: int
    _function: TextFunction
    _remember: Callable[[], object] | None = None

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Encode texts in one call: float32[n, dimension]."""
        tf = tensorflow()
        encoded = tf.constant([text.encode("utf-8", "replace") for text in texts], tf.string)
        return np.asarray(self._function(encoded), np.float32)

    def remember(self) -> None:
        """Spend memory so that small calls compute less, where the module can; not while it encodes."""
        if self._remember:
            self._remember()


def load_module(handle: str, *, expected_sha256: str | None = None) -> Module:
    """Load a module by its handle: `offline`, an address, a local folder, a bucket.

    Args:
        handle: Where the module is.
        expected_sha256: What its content must be; another is refused before anything of it is run.

    Raises:
        EncoderError: The handle leads nowhere, or to something that does not map strings to vectors.
        FingerprintError: Its content is not what is expected.
        StorageError: The offline module cannot be written.
    """
    try:
        folder = str(offline_folder()) if handle == OFFLINE else tensorflow_hub().resolve(handle)
        sha256 = module_sha256() if handle == OFFLINE else files_sha256(folder)
        if expected_sha256 and expected_sha256 != sha256:
            raise FingerprintError(
                f"The encoder {handle!r} has changed: its SHA-256 begins with {sha256[:12]}, not with "
                f"{expected_sha256[:12]}; bring the former one back, or train with the new one."
            )
        loaded = tensorflow_hub().load(folder)
        function = _function(loaded)
    except TagstackError:
        raise
    except Exception as error:  # noqa: BLE001  resolving and loading run code of many libraries
        raise EncoderError(
            f"Cannot load the encoder {handle!r}: {_reason(error)} Set encoder.handle to `{OFFLINE}`, "
            "the address of a text encoder on TensorFlow Hub, or a folder with its SavedModel."
        ) from None
    remember = loaded.remember if handle == OFFLINE else None
    return Module(sha256, _dimension(handle, function), function, remember)


def files_sha256(folder: str) -> str:
    """Return the hash of the names and contents of all files in a folder, local or in a bucket."""
    files = tensorflow().io.gfile
    names = (f"{parent}/{name}" for parent, _, names in files.walk(folder) for name in names)
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(name.removeprefix(folder).encode() + b"\0")
        with files.GFile(name, "rb") as file:
            content = hashlib.sha256()
            while block := file.read(1 << 24):
                content.update(block)
        digest.update(content.digest())
    return digest.hexdigest()


def _function(module: object) -> TextFunction:
    """Return what maps a string tensor to a float tensor, in each of the forms that modules have."""
    call: TextFunction = module if callable(module) else module.signatures["default"]  # type: ignore[attr-defined]
    return lambda texts: _single(call(texts))


def _single(output: Any) -> Any:  # noqa: ANN401  a tensor, or a mapping of names to tensors
    if isinstance(output, Mapping):
        return output["default"] if "default" in output else next(iter(output.values()))
    return output


def _dimension(handle: str, function: TextFunction) -> int:
    try:
        output = np.asarray(function(tensorflow().constant(_PROBE)))
    except Exception as error:  # noqa: BLE001  a module may raise anything
        raise _no_encoder(handle, _reason(error)) from None
    if output.ndim != 2 or len(output) != len(_PROBE) or not np.issubdtype(output.dtype, np.floating):
        raise _no_encoder(handle, f"two texts gave {output.dtype}{list(output.shape)}.")
    return int(output.shape[1])


def _no_encoder(handle: str, reason: str) -> EncoderError:
    return EncoderError(
        f"The module {handle!r} does not map strings to float vectors: {reason} "
        f"Set encoder.handle to a text encoder, or to `{OFFLINE}`."
    )


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return (words if len(words) <= 200 else words[:197] + "...").rstrip(".") + "."
