"""Whether a registered version may go into production: nominated and judged against the one that is there."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
from zenml.enums import ModelStages
from zenml.models import ModelVersionResponse

from stacks import versions
from stacks.registration import SPLIT_ARTIFACT
from stacks.shared_folder import shared_folder
from stacks.standing import in_production
from tagstack import policy
from tagstack.config import PolicySettings
from tagstack.errors import UsageError
from tagstack.model.tagmodel import TagModel
from tagstack.nomination import Nomination
from tagstack.policy import PairedScores, PromotionDecision
from tagstack.rival import score_pair
from tagstack.scorecard import Evaluation
from tagstack.split import Split
from tagstack.table import Table

Ids = npt.NDArray[np.int64]
Registered = tuple[str, TagModel]


def nominate(model_name: str, which: str | None) -> Nomination:
    """Find candidate and champion.

    Args:
        model_name: Whose versions.
        which: `staging`, `latest` or a version number; where None, the version in staging, else the one in production,
            whose service is then only looked after.

    Raises:
        UsageError: There is no such version, or neither staging nor production holds one.
    """
    champion = in_production(model_name)
    stages = {version.stage for version in versions.complete_versions(model_name)}
    wanted = which or next((s for s in (ModelStages.STAGING.value, ModelStages.PRODUCTION.value) if s in stages), None)
    if wanted is None:
        raise UsageError(
            f"No version of {model_name} is in staging or production; train one with `python run.py --pipeline "
            "training`, or name one with --candidate."
        )
    version = versions.find_version(model_name, wanted)
    sha256 = versions.load_tag_model(version).sha256
    return Nomination(model_name=model_name, candidate=version.number, sha256=sha256, champion=champion)


def judge(nomination: Nomination, newest: Table, settings: PolicySettings) -> PromotionDecision:
    """Apply the policy to the candidate, on its frozen test set and on the newest labelled questions.

    Questions that one of the two models was fitted on count in neither.

    Args:
        nomination: Candidate and champion.
        newest: Documents of the newest questions.
        settings: The policy.
    """
    candidate = _version(nomination, nomination.candidate)
    evaluation = cast("Evaluation", _load(candidate, versions.EVALUATION_ARTIFACT))
    if nomination.champion is None or nomination.serves_already:
        return policy.decide(evaluation, settings=settings)
    champion = _version(nomination, nomination.champion)
    split, seen = _split(candidate), np.union1d(_fitted(candidate), _fitted(champion))
    pair = _registered(candidate), _registered(champion)
    frozen = _score(*pair, cast("Table", _load(candidate, "documents")), split.members("test"), seen)
    later = _score(*pair, newest, newest.frame(["post_id"])["post_id"].to_numpy(), seen)
    return policy.decide(evaluation, settings=settings, champion=frozen, newest=later)


def _score(challenger: Registered, champion: Registered, documents: Table, ids: Ids, seen: Ids) -> PairedScores:
    return score_pair(challenger, champion, documents, ids[~np.isin(ids, seen)], cache=shared_folder("vectors"))


def _version(nomination: Nomination, number: int) -> ModelVersionResponse:
    return versions.find_version(nomination.model_name, str(number))


def _registered(version: ModelVersionResponse) -> Registered:
    return str(version.number), versions.load_tag_model(version)


def _fitted(version: ModelVersionResponse) -> Ids:
    split = _split(version)
    return np.concatenate([split.members("train"), split.members("calibrate")])


def _split(version: ModelVersionResponse) -> Split:
    return cast("Split", _load(version, SPLIT_ARTIFACT))


def _load(version: ModelVersionResponse, name: str) -> object:
    artifact = version.get_artifact(name)
    if artifact is None:
        raise UsageError(f"Version {version.number} has no artifact {name!r} to judge it by; train it again.")
    return artifact.load()
