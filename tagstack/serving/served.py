"""A model that is ready to answer: loaded, warmed up and tested against its own golden questions."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property

from tagstack.encoder import Encoder
from tagstack.encoder.runtime import one_core_a_call
from tagstack.errors import ServiceError
from tagstack.golden import find_differences
from tagstack.model.tagmodel import TagModel
from tagstack.suggestion import Suggester, make_suggester

_log = logging.getLogger(__name__)
_SENTENCE = "How can I read a large file line by line in Python, and why does this loop use so much memory? "
_WARM_UP = (0, 1, 3, 8, 40, 200)
"""Repeats of a sentence in the bodies of warm-up questions: from none to more than is ever encoded."""


@dataclass(frozen=True)
class Served:
    """What the engine answers with.

    Attributes:
        version: The model's version.
        suggester: The model and its encoder.
    """

    version: int
    suggester: Suggester

    @cached_property
    def sha256(self) -> str:
        """Identity of the model."""
        return self.suggester.model.sha256


def make_served(version: int, model: TagModel, *, encoder: Encoder | None = None) -> Served:
    """Get a model ready: its encoder loaded, no first request slower than others, its answers those of training time.

    Args:
        version: The model's version.
        model: The model.
        encoder: A loaded encoder, used again where it is the model's.

    Raises:
        EncoderError: The model's encoder cannot be loaded.
        FingerprintError: It is not the one that the model was trained with.
        ServiceError: The model answers its golden questions otherwise than when it was trained.
    """
    one_core_a_call()
    same = encoder is not None and encoder.fingerprint == model.encoder
    suggester = Suggester(model, encoder) if encoder is not None and same else make_suggester(model)
    if not same:
        suggester.encoder.remember()
    _warm_up(suggester)
    _self_test(version, suggester)
    return Served(version, suggester)


def _warm_up(suggester: Suggester) -> None:
    for repeats in _WARM_UP:
        suggester.suggest([_SENTENCE], [f"<p>{_SENTENCE * repeats}</p>"])
    suggester.suggest([_SENTENCE] * len(_WARM_UP), [f"<p>{_SENTENCE * repeats}</p>" for repeats in _WARM_UP])


def _self_test(version: int, suggester: Suggester) -> None:
    golden = suggester.model.card.golden
    if not golden:
        _log.warning("Version %d holds no golden questions: it is served without a self-test", version)
        return
    titles, bodies = [case.title for case in golden], [case.body for case in golden]
    found = suggester.suggest(titles, bodies, top=max(len(case.top) for case in golden))
    if differences := find_differences(golden, found):
        raise ServiceError(
            f"Version {version} does not answer as it did when it was trained ({differences[0]}); "
            "run `python run.py doctor`, or train again with the libraries installed here."
        )
