"""Questions to the servers behind a stack's components, each asked with a short time limit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import mlflow
from zenml.artifact_stores.base_artifact_store import BaseArtifactStoreConfig
from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.stack.stack_component import StackComponentConfig

from stacks.cluster_checks import kubernetes
from stacks.endpoints import ask, require_address, require_port
from stacks.flavors import find_flavor
from stacks.image_checks import container_registry
from stacks.plan import find_stack
from stacks.probe import probe_store
from stacks.secret_references import update_commands
from tagstack.alerts.smtp import PORTS
from tagstack.errors import ServiceError, TagstackError

Answer = tuple[bool, str]
Question = Callable[[Client, str, StackComponentConfig], Iterable[Answer]]


def questions(kind: StackComponentType, flavor: str) -> list[Question]:
    """Return what is to be asked of a component."""
    found = _QUESTIONS.get((kind, flavor)) or _QUESTIONS.get((kind, ""))
    return [found] if found else []


def _artifact_store(client: Client, stack: str, config: StackComponentConfig) -> Iterator[Answer]:
    config = cast("BaseArtifactStoreConfig", config)
    flavor = find_flavor(client, StackComponentType.ARTIFACT_STORE, _flavor_of(config))
    assert flavor is not None
    component = _registered(client, stack, StackComponentType.ARTIFACT_STORE)
    if not config.path and component is None:
        yield True, "a folder beside ZenML's own store, made at the first run"
        return
    endpoint = (getattr(config, "client_kwargs", None) or {}).get("endpoint_url")
    try:
        if endpoint:
            require_address(endpoint)
        yield True, f"{probe_store(flavor, config, component=component)}: wrote, read and deleted an object"
    except TagstackError as error:
        yield False, f"{error}; {_store_advice(config, endpoint)}"
    except ImportError as error:
        yield False, f"not asked: {error}; install the extra above"


def _store_advice(config: BaseArtifactStoreConfig, endpoint: str | None) -> str:
    where = f" at {endpoint}" if endpoint else ""
    renew = update_commands(config.model_dump())
    return f"make {config.path}{where}, or give a key that reads, writes and deletes there{renew and f': {renew}'}"


def _experiment_tracker(_client: Client, _stack: str, config: StackComponentConfig) -> Iterator[Answer]:
    given = cast("Any", config)
    uri: str | None = given.tracking_uri
    if not uri or not uri.startswith("http"):
        yield from _mlflow_file(uri)
        return
    auth = (given.tracking_username, given.tracking_password) if given.tracking_username else None
    options: dict[str, Any] = {"auth": auth, "token": given.tracking_token, "verify": not given.tracking_insecure_tls}
    try:
        answer = ask(f"{uri.rstrip('/')}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default", **options)
        version = ask(f"{uri.rstrip('/')}/version", **options).text.strip()
    except ServiceError as error:
        yield False, f"{error}; start it, or set its address"
        return
    if answer.status_code in {401, 403}:
        yield False, f"{uri} refuses user and password; {update_commands(config.model_dump())}"
    elif answer.status_code not in {200, 404}:
        yield False, f"{uri} is no MLflow server (it answers {answer.status_code}); set its address"
    else:
        yield _same_version(uri, version)


def _same_version(uri: str, version: str) -> Answer:
    ours = mlflow.__version__
    if version.split(".")[:2] != ours.split(".")[:2]:
        return False, f"{uri} is MLflow {version[:20]}, the client {ours}; install mlflow=={ours} on the server"
    return True, f"{uri}, MLflow {version}"


def _mlflow_file(uri: str | None) -> Iterator[Answer]:
    file = Path((uri or "").partition("://")[2].removeprefix("/"))
    if uri is None or os.access(_existing(file), os.W_OK):
        yield True, uri or "a file beside the artifacts"
    else:
        yield False, f"{file} cannot be written; `chown` it, or name another"


def _data_validator(_client: Client, _stack: str, config: StackComponentConfig) -> Iterator[Answer]:
    url = cast("Any", config).url
    if not url:
        yield True, "a folder on this machine"
        return
    try:
        answer = ask(f"{url.rstrip('/')}/api/version")
    except ServiceError as error:
        yield False, f"{error}; `evidently ui --workspace DIR` starts one"
        return
    well = answer.status_code == 200
    yield well, url if well else f"{url} is no Evidently service (it answers {answer.status_code}); set its address"


def _alerter(_client: Client, _stack: str, config: StackComponentConfig) -> Iterator[Answer]:
    given = cast("Any", config)
    if not given.host:
        yield True, "mail is written into a folder on this machine"
        return
    port = given.port or PORTS[given.security]
    try:
        require_port(given.host, port)
        yield True, f"{given.host}:{port} answers"
    except ServiceError as error:
        yield False, f"{error}; set SMTP_HOST and SMTP_PORT"


def _ssh(_client: Client, _stack: str, config: StackComponentConfig) -> Iterator[Answer]:
    given = cast("Any", config)
    try:
        require_port(given.hostname, given.port)
        yield True, f"{given.hostname}:{given.port} answers"
    except ServiceError as error:
        yield False, f"{error}; set SSH_HOST and SSH_PORT"


def _airflow(_client: Client, _stack: str, config: StackComponentConfig) -> Iterator[Answer]:
    folder = Path(str(cast("Any", config).dag_output_dir or ""))
    if folder.is_dir() and os.access(folder, os.W_OK):
        yield True, f"{folder} can be written"
    else:
        yield False, f"{folder} is no folder that can be written; `mkdir -p {folder}`, or set AIRFLOW_DAGS"


def _registered(client: Client, stack: str, kind: StackComponentType) -> UUID | None:
    found = find_stack(client, stack)
    return found.components[kind][0].id if found and kind in found.components else None


def _flavor_of(config: BaseArtifactStoreConfig) -> str:
    scheme = config.path.partition("://")[0] if "://" in config.path else ""
    return {"s3": "s3", "gs": "gcp", "az": "azure", "abfs": "azure"}.get(scheme, "local")


def _existing(place: Path) -> Path:
    return next(folder for folder in (place, *place.absolute().parents) if folder.exists())


_KIND = StackComponentType
_QUESTIONS: Mapping[tuple[StackComponentType, str], Question] = {
    (_KIND.ARTIFACT_STORE, ""): _artifact_store,
    (_KIND.EXPERIMENT_TRACKER, "mlflow"): _experiment_tracker,
    (_KIND.DATA_VALIDATOR, "tagstack-evidently"): _data_validator,
    (_KIND.ALERTER, "tagstack-smtp"): _alerter,
    (_KIND.CONTAINER_REGISTRY, ""): container_registry,
    (_KIND.ORCHESTRATOR, "ssh"): _ssh,
    (_KIND.ORCHESTRATOR, "airflow"): _airflow,
    (_KIND.ORCHESTRATOR, "kubernetes"): kubernetes,
}
