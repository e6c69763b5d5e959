"""Suggesting tags for questions with a trained model: the same text recipe and encoder as in training."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tagstack.encoder import Encoder, encode_documents, load_encoder
from tagstack.html import remove_html
from tagstack.model.tagmodel import Recipe, TagModel, load_model
from tagstack.privacy import mask
from tagstack.questions.values import read_text
from tagstack.text import cap_length, normalise

LONGEST = 1_000_000
"""Characters of a body that are looked at; training sets longer ones aside by default."""


@dataclass(frozen=True)
class Suggestion:
    """What the model suggests for one question.

    Attributes:
        suggested: Tags above their threshold, the most probable first; may be empty.
        top: The k most probable tags, ranked.
        scores: Calibrated probabilities in [0, 1], aligned with `top`.
    """

    suggested: list[str]
    top: list[str]
    scores: list[float]


@dataclass(frozen=True)
class Suggester:
    """A model together with the encoder that made its vectors.

    `suggest` is `prepare`, `encode_documents` and `score`; the service does these one by one, on many threads.
    """

    model: TagModel
    encoder: Encoder

    def suggest(self, titles: Sequence[str], bodies: Sequence[str], *, top: int = 10) -> list[Suggestion]:
        """Suggest tags for n questions.

        Args:
            titles: n plain-text titles.
            bodies: n HTML bodies.
            top: How many ranked tags to return, at most as many as the model has.
        """
        if not titles:
            return []
        prepared = [self.prepare(title, body) for title, body in zip(titles, bodies, strict=True)]
        vectors = encode_documents(self.encoder, [title for title, _ in prepared], [text for _, text in prepared])
        return self.score(vectors, top=top)

    def prepare(self, title: str, body: str) -> tuple[str, str]:
        """Return a question's title and text as the model's training prepared them."""
        return prepare_question(title, body, self.model.recipe)

    def score(self, vectors: npt.NDArray[np.float32], *, top: int) -> list[Suggestion]:
        """Suggest tags for n questions by their vectors, float32[n, d], as `encode_documents` makes them."""
        probabilities = self.model.probabilities(vectors)
        chosen = self.model.suggest(probabilities)
        return [self._one(p, c, top) for p, c in zip(probabilities, chosen, strict=True)]

    def _one(self, probabilities: np.ndarray, chosen: np.ndarray, top: int) -> Suggestion:
        order = np.argsort(-probabilities, kind="stable")
        names = self.model.classes
        best = order[:top]
        return Suggestion(
            suggested=[names[i] for i in order if chosen[i]],
            top=[names[i] for i in best],
            scores=[round(float(probabilities[i]), 6) for i in best],
        )


def load_suggester(folder: Path) -> Suggester:
    """Load a saved model and its encoder.

    Raises:
        ModelError: The folder holds no intact model.
        EncoderError: The encoder cannot be loaded.
        FingerprintError: The encoder is not the one that the model was trained with.
    """
    return make_suggester(load_model(folder))


def make_suggester(model: TagModel) -> Suggester:
    """Load the encoder that a model was trained with; errors as in `load_suggester`."""
    return Suggester(model, load_encoder(model.recipe.encoder, expected=model.encoder))


def prepare_question(title: str, body: str, recipe: Recipe) -> tuple[str, str]:
    r"""Return a question's title and text as training prepared them: masked, without HTML and code, capped.

    What is no text to a database, NUL bytes and halves of characters, is repaired as collection repairs it.

    >>> prepare_question("Ask bob@example.org\0", "<p>Why <b>C#</b>?</p><pre>x = 1</pre>", Recipe())
    ('Ask [email]', 'Why C#?')
    """
    kinds, limit = recipe.privacy.kinds, recipe.preparation.max_text_characters
    title, body = (read_text(value)[0] or "" for value in (title, body[:LONGEST]))
    text = remove_html(mask(body, kinds).text).text
    return normalise(mask(title, kinds).text), cap_length(text, max_characters=limit)


def question_sha256(title: str, body: str) -> str:
    r"""Return the hash by which equal questions are recognised, white space and composed characters aside.

    Args:
        title: Plain text.
        body: HTML.

    >>> question_sha256("Why\n C#?", "<p>x</p>") == question_sha256("Why C#?", "<p>x</p> ")
    True
    """
    return hashlib.sha256(f"{normalise(title)}\n{normalise(body)}".encode()).hexdigest()
