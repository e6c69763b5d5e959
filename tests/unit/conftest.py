"""A tiny encoder and a tiny model whose answers a reader can work out, for what stands on top of both."""

from __future__ import annotations

import hashlib
import resource
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest

from tagstack.config import EncoderSettings, ModelSettings
from tagstack.embeddings import EncoderFingerprint
from tagstack.encoder import Encoder
from tagstack.model.calibration import Calibration
from tagstack.model.heads import FeedForward
from tagstack.model.tagmodel import ModelCard, Recipe, TagModel, pack

WORDS = ("java", "python", "sql")


class Words:
    """A module without TensorFlow: it counts words, letters without case. It remembers what it was asked."""

    def __init__(self, words=WORDS):
        self.words, self.dimension = words, len(words)
        self.sha256 = hashlib.sha256(" ".join(words).encode()).hexdigest()
        self.texts: list[str] = []

    def __call__(self, texts):
        self.texts += texts
        return np.array([[text.lower().split().count(word) for word in self.words] for text in texts], np.float32)


@pytest.fixture
def make_encoder() -> Callable[..., Encoder]:
    """Return an encoder that counts words in title and text: `make_encoder(("java", "sql"))`."""

    def make(words=WORDS):
        module = Words(words)
        fingerprint = EncoderFingerprint(
            handle="words", module_sha256=module.sha256, mode="separate", max_characters=100, dimension=2 * len(words)
        )
        return Encoder(fingerprint, lambda: module, 16)

    return make


@pytest.fixture
def make_model(make_encoder) -> Callable[..., TagModel]:
    """Return a model that gives a tag the probability sigmoid(mentions - 1): one mention reaches the threshold."""

    def make(words=WORDS, *, fingerprint=None, recipe=None):
        fingerprint = fingerprint or make_encoder(words).fingerprint
        kernel = np.tile(np.eye(len(words), dtype=np.float32), (2, 1))
        head = FeedForward(((kernel, np.full(len(words), -1, np.float32)),))
        calibration, thresholds = Calibration("none", {}), np.full(len(words), 0.5, np.float32)
        card = ModelCard(
            classes=words,
            supports=(10,) * len(words),
            encoder=fingerprint,
            recipe=recipe or Recipe(encoder=EncoderSettings(handle="words")),
            settings=ModelSettings(head="logistic", calibration="none"),
            parts=(),
            versions={},
            weights_sha256=hashlib.sha256(pack(head, calibration, thresholds)).hexdigest(),
        )
        return TagModel(card, head, calibration, thresholds)

    return make


@pytest.fixture
def disk_with_room_for() -> Callable[[int], AbstractContextManager[None]]:
    """Return a context in which no file can grow beyond a number of bytes: `with disk_with_room_for(200): ...`."""

    @contextmanager
    def limit(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit
