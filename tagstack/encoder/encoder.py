"""The encoder: texts in, one vector each out, and the fingerprint of what made them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagstack.config import EncoderSettings
from tagstack.embeddings import EncoderFingerprint, require_same
from tagstack.encoder.cache import text_dimension
from tagstack.encoder.module import OFFLINE, Module, load_module
from tagstack.encoder.weights import DIMENSION, module_sha256

Progress = Callable[[int], None]

_CALL_CHARACTERS = 500_000
"""Characters in one call of the offline module: a few seconds, and some 400 MB while it lasts."""
_WINDOW = 4096
"""Texts that are sorted by length together for other modules."""


@dataclass(frozen=True)
class Encoder:
    """A loaded encoder; get one with `load_encoder`.

    Attributes:
        fingerprint: what determines a document's vector besides its text.
        dimension: length of one text's vector.
    """

    fingerprint: EncoderFingerprint
    _module: Callable[[], Module]
    _batch_size: int

    @property
    def dimension(self) -> int:
        """Length of one text's vector."""
        return text_dimension(self.fingerprint)

    def load(self) -> None:
        """Load the module now, and not when the first text is encoded."""
        self._module()

    def remember(self) -> None:
        """Spend 250 MB so that calls with few texts take half the time; before the first of them."""
        self._module().remember()

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        """Encode texts.

        A text's vector depends on its first `max_characters` characters alone, up to rounding; a blank text's is zero.

        Args:
            texts: n texts.
            progress: Called with the number of texts of each finished call.

        Returns:
            float32[n, dimension], in the order of `texts`.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for rows, part in self.stream(texts):
            vectors[rows] = part
            if progress:
                progress(len(rows))
        return vectors

    def stream(self, texts: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]]:
        """Yield positions in `texts` and their vectors, call by call, each position once."""
        short = [self.cut(text) for text in texts]
        blank = np.flatnonzero([not text for text in short])
        if len(blank):
            yield blank, np.zeros((len(blank), self.dimension), np.float32)
        for rows in self._calls(short):
            yield rows, self._module()([short[row] for row in rows])

    def cut(self, text: str) -> str:
        """Return what of a text is encoded; the empty string for a blank one."""
        return text.strip()[: self.fingerprint.max_characters]

    def _calls(self, texts: Sequence[str]) -> Iterator[npt.NDArray[np.intp]]:
        """Group positions to calls.

        The offline module arranges its work itself, and better the more texts it sees. Other modules pad a call's texts
        to the longest, so theirs are sorted by length and few.
        """
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        rows = np.flatnonzero(lengths)
        if self.fingerprint.handle == OFFLINE:
            call = np.cumsum(lengths[rows]) // _CALL_CHARACTERS
            yield from (group for group in np.split(rows, np.flatnonzero(np.diff(call)) + 1) if len(group))
            return
        for start in range(0, len(rows), _WINDOW):
            window = rows[start : start + _WINDOW]
            window = window[np.argsort(lengths[window], kind="stable")]
            yield from (window[at : at + self._batch_size] for at in range(0, len(window), self._batch_size))


def load_encoder(
    settings: EncoderSettings, *, late: bool = False, expected: EncoderFingerprint | None = None
) -> Encoder:
    """Load the encoder that the settings name, building the offline one where needed.

    Args:
        settings: Which encoder, and how.
        late: Load the offline module, and with it TensorFlow, only when a text is to be encoded.
        expected: What the encoder must be; a module of other content is refused before anything of it is run.

    Raises:
        EncoderError: The handle leads nowhere, or to something that does not map strings to vectors.
        FingerprintError: The encoder is not the expected one.
        StorageError: The offline module cannot be written.
    """
    sha256 = expected.module_sha256 if expected else None
    load = functools.cache(functools.partial(load_module, settings.handle, expected_sha256=sha256))
    known = late and settings.handle == OFFLINE
    content, dimension = (module_sha256(), DIMENSION) if known else (load().sha256, load().dimension)
    fingerprint = _fingerprint(settings, content, dimension)
    if expected:
        require_same(expected, fingerprint)
    return Encoder(fingerprint, load, settings.batch_size)


def encoder_fingerprint(settings: EncoderSettings) -> EncoderFingerprint:
    """Return the fingerprint that `load_encoder` would give, without TensorFlow where the handle is `offline`.

    >>> encoder_fingerprint(EncoderSettings(mode="separate")).dimension
    1024
    """
    return load_encoder(settings, late=True).fingerprint


def _fingerprint(settings: EncoderSettings, sha256: str, dimension: int) -> EncoderFingerprint:
    return EncoderFingerprint(
        handle=settings.handle,
        module_sha256=sha256,
        mode=settings.mode,
        max_characters=settings.max_characters,
        dimension=dimension * (2 if settings.mode == "separate" else 1),
    )
