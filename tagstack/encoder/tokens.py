"""How many tokens texts have, as the offline encoder reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tagstack.encoder.runtime import tensorflow
from tagstack.encoder.weights import read_vocabulary


def count_tokens(texts: Sequence[str]) -> int:
    """Return the number of tokens of texts, those at the beginning and the end of each among them.

    >>> count_tokens(["How do I parse a date?", "list"])
    12
    """
    encoded = [text.encode("utf-8", "replace") for text in texts]
    return int(tensorflow().size(_tokenizer().tokenize(encoded).flat_values)) if encoded else 0


def _tokenizer() -> Any:  # noqa: ANN401 - TensorFlow is untyped
    """Make a tokenizer; not one for good, as Keras ends those that exist when it clears its session."""
    tensorflow()
    import tensorflow_text  # noqa: PLC0415 - imports TensorFlow

    return tensorflow_text.SentencepieceTokenizer(read_vocabulary(), add_bos=True, add_eos=True)
