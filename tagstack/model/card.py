"""What there is to know of a model besides its weights, as the JSON beside them; its hash is the model's identity."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tagstack.config import EncoderSettings, ModelSettings, PreparationSettings, PrivacySettings, Settings
from tagstack.embeddings import EncoderFingerprint
from tagstack.errors import ModelError
from tagstack.split import PartReport

FORMATS = (1, 2)
"""Versions of the file format that can be read; the last one is written."""


class Recipe(BaseModel):
    """How a question becomes the vector that the model understands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    privacy: PrivacySettings = PrivacySettings()
    preparation: PreparationSettings = PreparationSettings()
    encoder: EncoderSettings = EncoderSettings()


def text_recipe(settings: Settings) -> Recipe:
    """Return the recipe of the settings, without what changes how it is done and not what comes out."""
    encoder = settings.encoder
    result = EncoderSettings(handle=encoder.handle, mode=encoder.mode, max_characters=encoder.max_characters)
    return Recipe(privacy=settings.privacy, preparation=settings.preparation, encoder=result)


class GoldenCase(BaseModel):
    """A question and what the model answered when it was trained.

    Attributes:
        title: plain text.
        body: HTML.
        suggested: tags above their threshold, the most probable first.
        top: the most probable tags, ranked.
        scores: probabilities in [0, 1], aligned with `top`, of 6 digits.
        close: tags so close to their threshold that rounding may suggest them or not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    body: str
    suggested: tuple[str, ...]
    top: tuple[str, ...]
    scores: tuple[float, ...]
    close: tuple[str, ...] = ()


class ModelCard(BaseModel):
    """What there is to know of a model besides its weights.

    Attributes:
        format: version of the file format; 1 had no golden questions.
        classes: the k tags, sorted.
        supports: training documents of each tag.
        encoder: what made the vectors that it was trained on.
        recipe: text preparation and encoding.
        settings: head, calibration, seed.
        parts: size and dates of the training and calibration parts, where known.
        versions: of the libraries that trained it.
        weights_sha256: of the weights file.
        golden: questions that the model must answer in the same way wherever it is loaded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1, 2] = 2
    classes: tuple[str, ...]
    supports: tuple[int, ...]
    encoder: EncoderFingerprint
    recipe: Recipe
    settings: ModelSettings
    parts: tuple[PartReport, ...]
    versions: dict[str, str]
    weights_sha256: str
    golden: tuple[GoldenCase, ...] = ()

    @model_validator(mode="after")
    def _hashed_whole(self) -> ModelCard:
        if self.format == 1 and self.golden:
            raise ValueError("format 1 has no golden questions")
        return self

    @property
    def sha256(self) -> str:
        """Identity of the model: the hash of this card, which holds that of the weights."""
        content = self.model_dump(mode="json", exclude={"golden"} if self.format == 1 else None)
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_card(stored: object, file: Path) -> ModelCard:
    """Check what a file holds, `{"sha256": ..., "card": ...}`, and return the card; raises ModelError."""
    content = stored.get("card") if isinstance(stored, dict) else None
    if not isinstance(stored, dict) or not isinstance(content, dict):
        raise ModelError(f"{file} is damaged: it holds no card; restore it or train again.")
    if content.get("format") not in FORMATS:
        found, readable = content.get("format"), " and ".join(map(str, FORMATS))
        raise ModelError(f"{file} has format {found!r}, this Tagstack reads {readable}; update it or train again.")
    try:
        card = ModelCard.model_validate_json(json.dumps(content))
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) or "golden"
        raise ModelError(f"{file} is damaged at {place}: {error.errors()[0]['msg']}; train again.") from None
    if card.sha256 != stored.get("sha256"):
        raise ModelError(f"{file} is damaged: its SHA-256 is not the card's; restore it or train again.")
    return card
