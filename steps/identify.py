"""Step: which encoder this run encodes with."""

from __future__ import annotations

from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from tagstack.config import EncoderSettings
from tagstack.embeddings import EncoderFingerprint
from tagstack.encoder import encoder_fingerprint


@step(enable_cache=False, output_materializers=ReportMaterializer)
def identify(settings: EncoderSettings) -> Annotated[EncoderFingerprint, "encoder"]:
    """Hash the encoder's content; while it stays the same, documents that did not change are not encoded again."""
    return encoder_fingerprint(settings)
