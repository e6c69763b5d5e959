"""Where the model's versions stand: in the Model Control Plane, in MLflow, and in what the service shall serve."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from mlflow import MlflowClient
from zenml.client import Client
from zenml.enums import ModelStages

from stacks import mlflow_registry, versions
from tagstack.errors import PromotionError, UsageError
from tagstack.store.database import Store
from tagstack.store.rollout import clear_target, read_target, set_target


@dataclass(frozen=True)
class Standing:
    """What the three say, by version numbers of the Model Control Plane; None where nothing is said.

    Attributes:
        production: The version in stage `production`.
        champion: The version behind MLflow's alias `champion`.
        target: The version that every replica of the service shall serve.
    """

    production: int | None
    champion: int | None
    target: int | None

    @property
    def agrees(self) -> bool:
        """Whether the three name the same version; before the first deployment only the alias may name one."""
        return self.production == self.target and (self.production is None or self.production == self.champion)

    def as_dict(self) -> dict[str, object]:
        """Return it as the ledger keeps it."""
        return dict(asdict(self))


def read_standing(model_name: str, store: Store) -> Standing:
    """Ask the three."""
    target = read_target(store, model_name)
    champion = mlflow_registry.zenml_version(mlflow_registry.connect(), model_name, mlflow_registry.CHAMPION)
    return Standing(in_production(model_name), champion, target.version if target else None)


def in_production(model_name: str) -> int | None:
    """Return the number of the version in stage `production`."""
    staged = (version for version in versions.complete_versions(model_name) if version.stage == "production")
    return next((version.number for version in staged), None)


def set_production(model_name: str, number: int | None, *, leaving: int, stage: str) -> None:
    """Bring a version into stage `production`, or none.

    Args:
        model_name: Whose version.
        number: The version; None takes `leaving` out of the stage and puts nothing in its place.
        leaving: The version that goes out of production where it is in it.
        stage: The stage that it goes to; `staging` only where no other version has got there meanwhile.
    """
    if number is not None:
        _stage(model_name, number, ModelStages.PRODUCTION)
    known = {version.number: version.stage for version in versions.complete_versions(model_name)}
    if leaving == number or known.get(leaving) not in ("production", "archived"):
        return
    taken = ModelStages.STAGING.value in known.values()
    to = ModelStages.STAGING if stage == ModelStages.STAGING.value and not taken else ModelStages.ARCHIVED
    if known[leaving] != to.value:
        _stage(model_name, leaving, to)


def set_champion(model_name: str, number: int | None) -> None:
    """Point MLflow's alias `champion` to a version, or remove it; the alias `challenger` is taken off that version.

    Raises:
        PromotionError: MLflow does not know the version, or did not keep the alias.
    """
    client = mlflow_registry.connect()
    if number is None:
        mlflow_registry.delete_alias(client, model_name, mlflow_registry.CHAMPION)
        return
    registered = mlflow_registry.version_of(client, model_name, number)
    if registered is None:
        raise PromotionError(f"MLflow has no version of {model_name} {number}; register it with a training run.")
    client.set_registered_model_alias(model_name, mlflow_registry.CHAMPION, registered.version)
    _drop_challenger(client, model_name, number)
    if mlflow_registry.zenml_version(client, model_name, mlflow_registry.CHAMPION) != number:
        raise PromotionError(f"MLflow did not keep the alias champion of {model_name} version {registered.version}.")


def restore_challenger(model_name: str, number: int) -> None:
    """Point MLflow's alias `challenger` to a version again, unless another has got it meanwhile."""
    client = mlflow_registry.connect()
    registered = mlflow_registry.version_of(client, model_name, number)
    if registered and mlflow_registry.version_by_alias(client, model_name, mlflow_registry.CHALLENGER) is None:
        client.set_registered_model_alias(model_name, mlflow_registry.CHALLENGER, registered.version)


def retire(model_name: str, number: int) -> None:
    """Archive a version and take MLflow's aliases off it; it can still be named."""
    client = mlflow_registry.connect()
    for alias in (mlflow_registry.CHAMPION, mlflow_registry.CHALLENGER):
        if mlflow_registry.zenml_version(client, model_name, alias) == number:
            mlflow_registry.delete_alias(client, model_name, alias)
    _stage(model_name, number, ModelStages.ARCHIVED)


def set_served(store: Store, model_name: str, number: int | None, *, sha256: str | None = None) -> None:
    """Tell every replica which version to serve, or that there is none any more.

    Args:
        store: Where replicas look.
        model_name: Whose version.
        number: The version.
        sha256: Of its model, which is loaded to find out where it is not known.
    """
    if number is None:
        clear_target(store, model_name)
        return
    known = sha256 or versions.load_tag_model(versions.find_version(model_name, str(number))).sha256
    set_target(store, model_name, version=number, sha256=known)


def _drop_challenger(client: MlflowClient, model_name: str, number: int) -> None:
    if mlflow_registry.zenml_version(client, model_name, mlflow_registry.CHALLENGER) == number:
        mlflow_registry.delete_alias(client, model_name, mlflow_registry.CHALLENGER)


def _stage(model_name: str, number: int, stage: ModelStages) -> None:
    try:
        version = versions.find_version(model_name, str(number))
    except UsageError as error:
        raise PromotionError(str(error)) from None
    Client().update_model_version(version.model.id, version.id, stage=stage, force=True)
