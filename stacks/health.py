"""Whether everything that a deployment needs is there and says the same: one finding a question."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.io import fileio
from zenml.models import ModelVersionResponse

from stacks import versions
from stacks.finding import Finding
from stacks.live_service import LiveService
from stacks.standing import Standing, read_standing
from tagstack import paths
from tagstack.config import Settings
from tagstack.errors import UsageError
from tagstack.privacy import error_line
from tagstack.questions.reader import open_source, read_watermark
from tagstack.serving.served import make_served
from tagstack.store import ledger
from tagstack.store.database import Store
from tagstack.store.promotion import is_abandoned
from tagstack.store.rollout import list_replicas

LEAST_FREE_GB = 2.0
NEEDED = (
    StackComponentType.ORCHESTRATOR,
    StackComponentType.ARTIFACT_STORE,
    StackComponentType.EXPERIMENT_TRACKER,
    StackComponentType.MODEL_REGISTRY,
)


def examine(settings: Settings, store: Store) -> Iterator[Finding]:
    """Look at everything, one finding after the other; a question that cannot be answered is a finding itself."""
    questions: tuple[tuple[str, Callable[[Settings, Store], tuple[bool, str]]], ...] = (
        ("stack", _stack),
        ("store", _store),
        ("promotion", _promotion),
        ("agreement", _agreement),
        ("service", _service),
        ("artifacts", _artifacts),
        ("model", _model),
        ("database", _database),
        ("disk", _disk),
    )
    for subject, ask in questions:
        try:
            yield Finding(subject, *ask(settings, store))
        except Exception as error:  # noqa: BLE001 - MLflow's, ZenML's, a store's: the other questions are asked all the same
            yield Finding(subject, well=False, detail=error_line(error))


def _stack(_settings: Settings, _store: Store) -> tuple[bool, str]:
    stack = Client().active_stack_model
    missing = [kind.value for kind in NEEDED if kind not in stack.components]
    if missing:
        return False, f"{stack.name} has no {', '.join(missing)}; add it or choose another stack"
    deployer = "" if StackComponentType.DEPLOYER in stack.components else "; no deployer, so no service is started"
    return True, f"{stack.name}{deployer}"


def _store(settings: Settings, store: Store) -> tuple[bool, str]:
    count = len(ledger.history(store, settings.model_name))
    return True, f"{store.url}, {count} promotions and rollbacks"


def _promotion(settings: Settings, store: Store) -> tuple[bool, str]:
    row = ledger.find_open(store, settings.model_name)
    if row is None:
        return True, "none is under way"
    if is_abandoned(row):
        return False, f"number {row.id}, to version {row.to_version}, was interrupted; run with --repair"
    return True, f"number {row.id}, to version {row.to_version}, is under way since {row.started_at:%H:%M:%S} UTC"


def _agreement(settings: Settings, store: Store) -> tuple[bool, str]:
    standing = read_standing(settings.model_name, store)
    if standing == Standing(None, standing.champion, None):
        return True, "nothing is in production; run `python run.py --pipeline deployment`"
    served = {replica.version for replica in list_replicas(store, settings.model_name)} or {None}
    told = (
        f"Model Control Plane {_name(standing.production)}, MLflow {_name(standing.champion)}, "
        f"service {', '.join(map(_name, sorted(served, key=str)))}"
    )
    runs = LiveService(settings, store, None).address() is not None
    if standing.agrees and (served == {standing.production} or not runs):
        return True, told
    return False, f"{told}; run with --repair"


def _service(settings: Settings, store: Store) -> tuple[bool, str]:
    address = LiveService(settings, store, None).address()
    if address is None:
        return True, "none is deployed"
    try:
        answer = httpx.get(f"{address}/ready", timeout=10, trust_env=False)
    except httpx.HTTPError:
        return False, f"{address} does not answer; run with --repair"
    if answer.status_code != httpx.codes.OK:
        return False, f"{address} is not ready; its log: `zenml deployment logs {settings.model_name}`"
    return True, f"{address} serves version {answer.json()['model_version']}"


def _artifacts(settings: Settings, _store: Store) -> tuple[bool, str]:
    version = _version(settings)
    if version is None:
        return True, "no version yet"
    found = version.data_artifacts.values()
    uris = [artifact.uri for named in found for artifact in named.values()]
    lost = [uri for uri in uris if not fileio.exists(uri)]
    if lost:
        return False, f"{len(lost)} of {len(uris)} of version {version.number} are gone, as {lost[0]}; restore them"
    return True, f"all {len(uris)} of version {version.number} are there"


def _model(settings: Settings, _store: Store) -> tuple[bool, str]:
    version = _version(settings)
    if version is None:
        return True, "no version yet"
    model = versions.load_tag_model(version)
    make_served(version.number, model)
    if not model.card.golden:
        return False, f"version {version.number} has no golden questions; train it again"
    return (
        True,
        f"version {version.number} loads with its encoder and answers {len(model.card.golden)} golden questions",
    )


def _database(settings: Settings, _store: Store) -> tuple[bool, str]:
    url = settings.source.database_url
    if url is None:
        return True, "the generated sample"
    with open_source(url) as source:
        found = read_watermark(source, settings.source)
    return True, f"{found.source}, {found.questions:,} questions"


def _disk(_settings: Settings, _store: Store) -> tuple[bool, str]:
    places = [paths.home(), paths.data()]
    if local := Client().active_stack.artifact_store.config.path:
        places.append(Path(local))
    free = min(shutil.disk_usage(_existing(place)).free / 1e9 for place in places if "://" not in str(place))
    if free < LEAST_FREE_GB:
        return False, f"{free:.1f} GB free, fewer than {LEAST_FREE_GB:.0f}; free some"
    return True, f"{free:.0f} GB free"


def _version(settings: Settings) -> ModelVersionResponse | None:
    """Return the version in production, before the first deployment the one in staging."""
    try:
        return versions.find_version(settings.model_name)
    except UsageError:
        return None


def _existing(place: Path) -> Path:
    return next(folder for folder in (place, *place.absolute().parents) if folder.exists())


def _name(number: int | None) -> str:
    return "none" if number is None else f"version {number}"
