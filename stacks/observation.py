"""What a drift run reads of the registry and the store, and what it finds."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from zenml.models import ModelVersionResponse

from stacks import versions
from stacks.registration import SPLIT_ARTIFACT
from stacks.shared_folder import shared_folder
from stacks.standing import in_production
from tagstack.config import Settings, SourceSettings
from tagstack.drift.champion import Champion
from tagstack.drift.monitor import examine
from tagstack.drift.past import match_history
from tagstack.drift.report import DriftReport, ProductionUse
from tagstack.drift.sample import Sample
from tagstack.drift.sampling import Drawn, Encode, draw
from tagstack.drift.use import read_use
from tagstack.encoder import VectorCache, encode_documents, load_encoder
from tagstack.errors import UsageError
from tagstack.model.tagmodel import TagModel
from tagstack.scorecard import Evaluation
from tagstack.split import Split, utc
from tagstack.store import monitoring
from tagstack.store.database import Store, open_store
from tagstack.store.feedback import read_feedback
from tagstack.table import Table

Ids = npt.NDArray[np.int64]


def find_champion(model_name: str) -> Champion:
    """Find the version in production and the time that it knows.

    Raises:
        UsageError: No version is in production, or it lacks what a comparison needs.
    """
    number = in_production(model_name)
    if number is None:
        raise UsageError(
            f"No version of {model_name} is in production, so there is nothing to watch; run "
            "`python run.py --pipeline training` and `python run.py --pipeline deployment` first."
        )
    version = versions.find_version(model_name, str(number))
    split = cast("Split", load(version, SPLIT_ARTIFACT))
    dates = cast("Table", load(version, "documents")).frame(["post_id", "created_at"])
    moments = pd.Series(utc(dates["created_at"]), index=dates["post_id"].to_numpy())
    fitted, test = _newest(moments, _fitted(split)), _newest(moments, split.members("test"))
    return Champion(
        model_name=model_name,
        version=number,
        sha256=versions.load_tag_model(version).sha256,
        trained_until=fitted,
        known_until=max(fitted, test),
    )


def as_trained(settings: Settings, champion: Champion) -> Settings:
    """Return settings that clean and prepare questions as those of the version's training; tags may be missing."""
    recipe = versions.load_tag_model(versions.find_version(champion.model_name, str(champion.version))).recipe
    contract = settings.contract.model_copy(update={"require_tags": False})
    return settings.model_copy(
        update={"contract": contract, "privacy": recipe.privacy, "preparation": recipe.preparation}
    )


def load(version: ModelVersionResponse, name: str) -> object:
    """Load an artifact of a version.

    Raises:
        UsageError: The version has none of that name.
    """
    artifact = version.get_artifact(name)
    if artifact is None:
        raise UsageError(f"Version {version.number} has no artifact {name!r} to compare with; train it again.")
    return artifact.load()


@dataclass(frozen=True)
class Observation:
    """What a drift run compared, and what it found."""

    report: DriftReport
    reference: Sample
    window: Sample


def observe(
    champion: Champion, questions: Table, documents: Table, window: SourceSettings, settings: Settings
) -> Observation:
    """Compare later questions with those that the version in production was tested on.

    Args:
        champion: The version.
        questions: The window's questions.
        documents: The same, prepared as the version's own were.
        window: Which questions were asked for.
        settings: What counts as drift, and where feedback is stored.

    Raises:
        UsageError: The version has changed or lacks an artifact.
        EncoderError: The version's encoder cannot be loaded.
    """
    version = versions.find_version(champion.model_name, str(champion.version))
    reference, later = _draw(version, questions, documents, settings)
    trained = cast("Evaluation", load(version, versions.EVALUATION_ARTIFACT))
    since, until = (_midnight(day) for day in (window.since, window.until))
    with open_store(settings.store.url) as store:
        past = monitoring.history(store, champion.model_name, before=until)
        use = _use(store, champion.model_name, since, until, settings)
    report = examine(
        model_name=champion.model_name,
        version=champion.version,
        model_sha256=champion.sha256,
        trained_until=champion.trained_until,
        as_of=until,
        reference=reference.sample,
        window=later.sample,
        reference_period=reference.period(trained.first, trained.last),
        window_period=later.period(since, until),
        trained=trained.model,
        settings=settings.drift,
        past=match_history(past, champion.version),
        use=use,
        notes=(*later.notes, *_about(use)),
    )
    return Observation(report, reference.sample, later.sample)


def _draw(version: ModelVersionResponse, questions: Table, documents: Table, settings: Settings) -> tuple[Drawn, Drawn]:
    """Draw the reference and the window; nothing of the version's own data is in the latter."""
    model, split = versions.load_tag_model(version), cast("Split", load(version, SPLIT_ARTIFACT))
    options = {"model": model, "encode": _encode(model), "settings": settings.drift}
    own = (cast("Table", load(version, name)) for name in ("questions", "documents"))
    ids = documents.frame(["post_id"])["post_id"].to_numpy()
    new = ids[~np.isin(ids, split.ids)]
    return draw(*own, split.members("test"), **options), draw(questions, documents, new, **options)


def _encode(model: TagModel) -> Encode:
    encoder = load_encoder(model.recipe.encoder, late=True, expected=model.encoder)
    cache = VectorCache(*shared_folder("vectors"), encoder.fingerprint)
    return functools.partial(encode_documents, encoder, cache=cache)


def _use(
    store: Store, model_name: str, since: dt.datetime, until: dt.datetime, settings: Settings
) -> ProductionUse | None:
    feedback = read_feedback(store, since, until)
    if feedback.empty:
        return None
    known = {version.number: version for version in versions.complete_versions(model_name)}
    shown = sorted(set(feedback["model_version"]) & set(known))
    classes = {number: frozenset(versions.load_tag_model(known[number]).classes) for number in shown}
    return read_use(feedback, classes, settings.drift)


def _about(use: ProductionUse | None) -> tuple[str, ...]:
    if use is None:
        return ("Nobody was served in the window: production use is missing.",)
    if use.unknown:
        return (f"{use.unknown:,} suggestions of versions that the registry does not know are left out.",)
    return ()


def _newest(moments: pd.Series, ids: Ids) -> dt.datetime:
    found: dt.datetime = moments.loc[ids].max().to_pydatetime()
    return found.replace(tzinfo=dt.UTC)


def _fitted(split: Split) -> Ids:
    return np.concatenate([split.members("train"), split.members("calibrate")])


def _midnight(day: dt.date | None) -> dt.datetime:
    assert day is not None  # a chosen window has both ends
    return dt.datetime.combine(day, dt.time.min, dt.UTC)
