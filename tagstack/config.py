"""The frozen settings tree: every number a run depends on. `tagstack.settings_file` reads it."""

from __future__ import annotations

import urllib.parse
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tagstack.alerts.settings import AlertSettings
from tagstack.backfill.settings import BackfillSettings
from tagstack.drift.settings import DriftSettings
from tagstack.embeddings import Mode
from tagstack.resources import Resources
from tagstack.retraining_settings import RetrainingSettings
from tagstack.section import Count, Date, Section, Share

PersonalKind = Literal["email", "ip", "phone", "url_userinfo", "home_folder", "secret", "mention"]
HeadName = Literal["dense", "logistic"]


class SampleSettings(Section):
    """The generated questions of the embedded default."""

    questions: Annotated[int, Field(ge=4000)] = 6000
    seed: int = 0


class SourceSettings(Section):
    """Where questions come from and which of them."""

    database_url: str | None = None
    """SQLAlchemy URL without a password; None is the generated sample in a SQLite file."""
    since: Date | None = None
    """First day of the window, inclusive, UTC."""
    until: Date | None = None
    """End of the window, exclusive, UTC."""
    chunk_rows: Count = 5000
    sample: SampleSettings = SampleSettings()

    @model_validator(mode="after")
    def _ordered(self) -> SourceSettings:
        if self.since and self.until and self.since >= self.until:
            raise ValueError(f"since {self.since} must be before until {self.until}")
        return self


class ContractSettings(Section):
    """What a table of questions must look like."""

    max_tags: Count = 5
    max_bad_share: Share = 0.05
    """Largest share of rows that may break a row rule before the run stops."""
    max_empty_title_share: Share = 0.02
    max_empty_body_share: Share = 0.05
    max_body_characters: Count = 1_000_000
    """A longer body is set aside."""
    require_tags: bool = True
    """Whether a question without tags breaks the contract; the drift pipeline takes such questions, too."""


class PrivacySettings(Section):
    """Which personal data is masked in titles and bodies."""

    kinds: Annotated[tuple[PersonalKind, ...], Field(strict=False)] = (
        "email",
        "ip",
        "phone",
        "url_userinfo",
        "home_folder",
        "secret",
        "mention",
    )


class PreparationSettings(Section):
    """From HTML to documents."""

    min_characters: Count = 15
    """Documents whose title and text together are shorter are dropped as empty."""
    max_text_characters: Count = 20_000
    max_code_characters: Count = 20_000
    near_duplicate_similarity: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    """Estimated Jaccard similarity of word shingles from which two documents belong to one group."""


class EncoderSettings(Section):
    """The sentence encoder."""

    handle: str = "offline"
    """`offline` builds USE multilingual v3 from the installed weights; else any TF-Hub handle or folder."""
    mode: Mode = "separate"
    max_characters: Count = 1500
    """Longer texts are cut before they are encoded."""
    batch_size: Count = 16
    """Texts in one call of a TF-Hub module; the offline one arranges its work itself."""
    cache: bool = True
    """Keep vectors in the artifact store, so that only unseen texts are encoded."""

    @model_validator(mode="after")
    def _without_secret(self) -> EncoderSettings:
        address = urllib.parse.urlsplit(self.handle)
        if address.netloc and ("@" in address.netloc or address.query):
            raise ValueError("handle is stored with the run and must hold no user, password or query")
        return self


class LabelSettings(Section):
    """The model's vocabulary."""

    size: Count = 100
    min_support: Count = 10
    """Fewest training documents of a tag."""


class SplitSettings(Section):
    """Train, calibrate and test."""

    method: Literal["time", "random"] = "time"
    test_share: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.15
    calibration_share: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.15
    seed: int = 0


class LogisticSettings(Section):
    """One-vs-rest logistic regression."""

    c: Annotated[float, Field(gt=0.0)] = 1.0
    max_iterations: Count = 60
    """More make the fit exact but no better on unseen questions."""


class DenseSettings(Section):
    """The dense head; the defaults are the best of those tried on real questions that train within seconds."""

    units: Count = 512
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    learning_rate: Annotated[float, Field(gt=0.0)] = 0.003
    batch_size: Count = 128
    max_epochs: Count = 60
    patience: Count = 3
    """Epochs without a lower loss on the calibration part before training stops."""


class ModelSettings(Section):
    """The multi-label head."""

    head: HeadName = "dense"
    seed: int = 0
    calibration: Literal["sigmoid", "isotonic", "none"] = "sigmoid"
    logistic: LogisticSettings = LogisticSettings()
    dense: DenseSettings = DenseSettings()


class EvaluationSettings(Section):
    """How a model is judged."""

    bootstrap_samples: Count = 300
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    top_k: Annotated[tuple[Count, ...], Field(strict=False, min_length=1)] = (1, 3, 5)
    short_text_characters: Count = 300
    """A document with a shorter text counts as short."""
    code_heavy_share: Share = 0.5
    """Share of code in text and code from which a document counts as code-heavy."""
    rare_tag_support: Count = 50
    """A tag with fewer training documents counts as rare."""
    baselines: Annotated[tuple[Literal["popularity", "tfidf"], ...], Field(strict=False)] = ("popularity", "tfidf")
    seed: int = 0


class FloorSettings(Section):
    """Least values of test metrics."""

    micro_f1: Share = 0.35
    jaccard: Share = 0.25
    at_least_one_in_top_5: Share = 0.7
    coverage: Share = 0.6


class PolicySettings(Section):
    """When a model may be registered."""

    floors: FloorSettings = FloorSettings()
    compare_by: Literal["micro_f1", "jaccard", "at_least_one_in_top_5"] = "micro_f1"
    max_loss: Share = 0.01
    """How much worse than the champion a challenger may be."""
    min_new_questions: Count = 100
    """Fewest test questions that the champion was not fitted on; fewer cannot decide."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    bootstrap_samples: Count = 1000
    seed: int = 0


class DeploymentSettings(Section):
    """How an accepted version goes into production."""

    window_days: Count = 30
    """Days of the newest labelled questions that champion and challenger are scored on, besides the frozen test set."""
    wait_seconds: Count = 180
    """How long the running service may take to come up or to change its model before everything is rolled back."""


class ServiceSettings(Section):
    """The HTTP service."""

    max_request_bytes: Count = 1_048_576
    max_questions: Count = 64
    """Questions in one request."""
    max_body_characters: Count = 100_000
    """Characters of a question's body."""
    max_markdown_characters: Count = 30_000
    """Characters of a body in Markdown, which takes longer to read than HTML; Stack Overflow's own limit."""
    max_waiting: Count = 512
    """Questions that may wait for the encoder; with more the service answers 503."""
    timeout_seconds: Annotated[float, Field(gt=0.0)] = 10.0
    """Longest time for one request."""
    requests_per_minute: Count | None = None
    """Of one client; None is no limit on the loopback address and 600 elsewhere."""
    require_key: bool | None = None
    """Whether a request needs an API key; None is yes where keys are given, and always off the loopback address."""
    cached_vectors: Count = 20_000
    """Recent texts whose vectors are kept in memory, 2 KB each."""
    poll_seconds: Annotated[float, Field(gt=0.0)] = 1.0
    """How often a replica asks the store which version it should serve."""
    drain_seconds: Annotated[float, Field(gt=0.0)] = 10.0
    """How long a stopping service may take to answer what it has accepted."""


class StoreSettings(Section):
    """The database of suggestions, decisions and promotions."""

    url: str | None = None
    """SQLAlchemy URL without a password; None is a SQLite file beside ZenML's own store."""
    keep_days: Count = 365
    """Age from which suggestions and decisions are deleted."""
    keep_text: bool = False
    """Keep the masked title and text of each question, not only its hash."""


class Settings(Section):
    """Everything a run depends on."""

    model_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")] = "tagstack"
    source: SourceSettings = SourceSettings()
    contract: ContractSettings = ContractSettings()
    privacy: PrivacySettings = PrivacySettings()
    preparation: PreparationSettings = PreparationSettings()
    encoder: EncoderSettings = EncoderSettings()
    backfill: BackfillSettings = BackfillSettings()
    labels: LabelSettings = LabelSettings()
    split: SplitSettings = SplitSettings()
    model: ModelSettings = ModelSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    policy: PolicySettings = PolicySettings()
    deployment: DeploymentSettings = DeploymentSettings()
    service: ServiceSettings = ServiceSettings()
    store: StoreSettings = StoreSettings()
    drift: DriftSettings = DriftSettings()
    retraining: RetrainingSettings = RetrainingSettings()
    alerts: AlertSettings = AlertSettings()
    resources: Resources = Field(default_factory=dict)
    """Cores and memory of single steps, as `resources.embed.memory=4GB`; stacks on one machine ignore them."""
