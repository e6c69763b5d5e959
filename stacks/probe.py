"""Whether an artifact store can be written, read and deleted from, found out by doing it."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

from zenml.artifact_stores.base_artifact_store import BaseArtifactStore, BaseArtifactStoreConfig
from zenml.enums import StackComponentType
from zenml.stack import Flavor

from tagstack.errors import StorageError
from tagstack.privacy import error_line

SECONDS = 20.0
_CONTENT = b"written by `python run.py stacks check`"


def probe_store(flavor: Flavor, config: BaseArtifactStoreConfig, *, component: uuid.UUID | None) -> str:
    """Write, read and delete an object, and return where.

    Args:
        flavor: Of the artifact store.
        config: How it is configured.
        component: The registered component, whose folder a local store uses.

    Raises:
        StorageError: One of the three failed, or nothing happened for 20 seconds.
    """
    ended: list[str | BaseException] = []

    def run() -> None:
        try:
            ended.append(_probe(flavor, config, component or uuid.uuid4()))
        except Exception as error:  # noqa: BLE001 - of any store's library
            ended.append(error)

    # A thread, as the libraries of stores try again for minutes, each by settings of its own.
    thread = threading.Thread(target=run, name="probe", daemon=True)
    thread.start()
    thread.join(SECONDS)
    if not ended:
        raise StorageError(f"{config.path} did nothing in {SECONDS:.0f} s")
    if isinstance(ended[0], StorageError):
        raise ended[0]
    if isinstance(ended[0], BaseException):
        raise StorageError(f"{config.path} cannot be used: {_reason(ended[0])}")
    return ended[0]


def _probe(flavor: Flavor, config: BaseArtifactStoreConfig, component: uuid.UUID) -> str:
    now = dt.datetime.now(dt.UTC)
    store = flavor.implementation_class(
        name="probe", id=component, config=config, flavor=flavor.name, type=StackComponentType.ARTIFACT_STORE,
        user=None, created=now, updated=now,
    )  # fmt: skip
    assert isinstance(store, BaseArtifactStore)
    folder = f"{store.path.rstrip('/')}/tagstack"
    uri = f"{folder}/probe-{uuid.uuid4().hex}"
    did = "write"
    try:
        store.makedirs(folder)
        with store.open(uri, "wb") as file:
            file.write(_CONTENT)
        did = "read"
        with store.open(uri, "rb") as file:
            if file.read() != _CONTENT:
                raise StorageError(f"{uri} does not hold what was written")
        did = "delete"
        store.remove(uri)
    except (OSError, ValueError) as error:
        raise StorageError(f"cannot {did} {uri}: {_reason(error)}") from error
    return store.path


def _reason(error: BaseException) -> str:
    return error_line(error)[:200].rstrip(" .")
