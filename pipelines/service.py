"""The service as ZenML's deployer knows it: one step that answers a question, and the application that serves it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from zenml import pipeline
from zenml.client import Client
from zenml.config import DeploymentDefaultEndpoints, DeploymentDefaultMiddleware, DeploymentSettings
from zenml.enums import StackComponentType
from zenml.pipelines.pipeline_definition import Pipeline

from stacks.fitting import docker_settings
from stacks.passwords import password_secrets
from stacks.service_runner import ServiceRunnerFlavor
from stacks.standard_output import printing_to_stderr
from steps.answer import Answer, answer
from tagstack import __version__
from tagstack.config import Settings
from tagstack.paths import PROJECT
from tagstack.sources import source_files

APPLICATION = ("tagstack.serving.app", "tagstack.serving.server", "tagstack.serving.follower")
BESIDES = (
    "stacks/service_runner.py", "stacks/listening.py", "stacks/serving.py", "stacks/versions.py", "materializers/*.py",
    "tagstack/serving/page/*", "tagstack/store/migrations/**/*.py", "requirements/runtime.txt",
)  # fmt: skip
"""What runs or is sent in the service and is not found by following the imports of `tagstack`."""
KEPT = timedelta(days=1)
"""How long a snapshot is kept that no deployment runs; longer than a deployment pipeline takes."""


@pipeline(name="service", enable_cache=False)
def service(title: str = "", body: str = "", model_name: str = "tagstack") -> Answer:
    """Suggest tags for one question. Requests to the deployed service do not run this: they make no pipeline run."""
    return answer(title, body, model_name)


def make_snapshot(settings: Settings) -> UUID:
    """Create the snapshot that the stack's deployer starts, with everything the service needs to know.

    It is made where a pipeline is launched, as images are built there and not inside a step.
    """
    # No more than it needs: where this changes, the service is started anew.
    kept = ("model_name", "contract", "service", "store")
    needed = Settings.model_validate({name: getattr(settings, name) for name in kept})
    deployed = DeploymentSettings(
        app_title="Tagstack",
        app_version=__version__,
        include_default_endpoints=DeploymentDefaultEndpoints.HEALTH,
        include_default_middleware=DeploymentDefaultMiddleware.NONE,
        deployment_app_runner_flavor=ServiceRunnerFlavor,
        deployment_app_runner_kwargs={
            "tagstack": needed.model_dump(mode="json"),
            "code": code_sha256(),
            "deployer": deployer_sha256(),
        },
        uvicorn_kwargs={
            "access_log": False,
            "server_header": False,
            "timeout_graceful_shutdown": round(settings.service.drain_seconds) + 5,
        },
    )
    docker = docker_settings(Client().active_stack_model)
    configured = service.with_options(
        secrets=password_secrets(), settings={"deployment": deployed, **({"docker": docker} if docker else {})}
    )
    return _create(configured, f"{settings.model_name}-service")


def _create(configured: Pipeline, name: str) -> UUID:
    """Create a snapshot under a name of its own, and delete those that launches left long ago and nobody runs.

    Where two launches share a name, ZenML deletes the snapshot of the first under its hands.
    """
    client, left = Client(), datetime.now(UTC) - KEPT
    with printing_to_stderr():  # an image may be built
        made = configured.create_snapshot(name=f"{name}-{uuid4().hex[:12]}").id
    earlier = {"name": f"startswith:{name}", "created": f"lt:{left:%Y-%m-%d %H:%M:%S}", "deployed": False}
    for snapshot in client.list_snapshots(pipeline=configured.name, size=1000, **earlier).items:
        with contextlib.suppress(KeyError):  # another launch was faster
            client.delete_snapshot(snapshot.id)
    return made


def code_sha256() -> str:
    """Return a hash of the code that the service runs; where it changes, the next deployment starts it anew."""
    found = hashlib.sha256()
    for file in sorted(code_files()):
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def deployer_sha256() -> str:
    """Return a hash of how the stack's deployer is configured; where it changes, the service is started anew."""
    stack = Client().get_stack(Client().active_stack_model.id)  # as it is now, not when this process first asked
    found = stack.components.get(StackComponentType.DEPLOYER, [])
    said = [[one.flavor_name, one.configuration] for one in found]  # as registered: a secret by its name
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


def code_files() -> set[Path]:
    """Return the files that the service is made of."""
    besides = {file for pattern in BESIDES for file in PROJECT.glob(pattern) if file.is_file()}
    return source_files(APPLICATION) | besides
