"""What an orchestrator sends to its cloud, taken at its last call before the network.

`python -m lab.clouds.recording STACK FILE [section.key=value ...]` runs in the environment of a cloud's packages. ZenML
and the cloud's own library do all of their work. Three things that need a network are replaced: an image is named and
not built, credentials are nobody's, and what would be sent is written into the file instead.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import yaml

PIPELINES: dict[str, dict[str, Any]] = {
    "training": {},
    "deployment": {"candidate": None},
    "drift": {"as_of": None, "silent": True},
    "backfill": {},
}
"""What each pipeline is given besides its settings."""


@dataclasses.dataclass
class Sent:
    """What would be sent.

    Attributes:
        pipeline: The pipeline.
        definition: The request, as the cloud's own library spells it.
        about: What goes beside it.
        steps: The steps of ZenML's own snapshot, each with those that go before it.
        refused: Why nothing would be sent; empty where something would.
    """

    pipeline: str
    definition: dict[str, Any] = dataclasses.field(default_factory=dict)
    about: dict[str, Any] = dataclasses.field(default_factory=dict)
    steps: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    refused: str = ""

    def take(self, definition: dict[str, Any], **about: Any) -> NoReturn:
        """Keep a request and end its submission."""
        self.definition, self.about = definition, about
        raise RuntimeError("taken")


def record(stack: str, pipeline: str, assignments: list[str]) -> Sent:
    """Submit a pipeline as `run.py` does, and return what would be sent."""
    from commands.launch import launch  # noqa: PLC0415 - libraries read the environment when they are imported
    from stacks.activation import use_stack  # noqa: PLC0415
    from tagstack.errors import UsageError  # noqa: PLC0415
    from tagstack.settings_file import load_settings  # noqa: PLC0415

    sent = Sent(pipeline)
    settings = load_settings(None, assignments)
    flavor = use_stack(stack).components["orchestrator"][0].flavor_name
    try:
        with _without_network(flavor, sent):
            launch(pipeline, settings, stack=stack, cache=False, **PIPELINES[pipeline])
    except UsageError as error:
        sent.refused = str(error)
    except Exception:
        if not sent.definition:
            raise
    return sent


@contextlib.contextmanager
def _without_network(flavor: str, sent: Sent) -> Iterator[None]:
    from zenml.orchestrators import BaseOrchestrator  # noqa: PLC0415
    from zenml.utils.pipeline_docker_image_builder import PipelineDockerImageBuilder as Builder  # noqa: PLC0415

    def name_image(_: Any, *, tag: str, stack: Any, **__: Any) -> tuple[str, None, None]:
        return f"{stack.container_registry.config.uri}/tagstack:{tag}", None, None

    def note(self: Any, snapshot: Any) -> None:
        sent.steps = {name: list(step.spec.upstream_steps) for name, step in snapshot.step_configurations.items()}
        prepare(self, snapshot)

    prepare = BaseOrchestrator._prepare_run  # noqa: SLF001 - what is called with the snapshot first
    cloud = {"vertex": _vertex, "kubeflow": _kubeflow, "azureml": _azureml}[flavor]
    with (
        mock.patch.object(Builder, "build_docker_image", name_image),
        mock.patch.object(BaseOrchestrator, "_prepare_run", note),
        cloud(sent),
    ):
        yield


@contextlib.contextmanager
def _vertex(sent: Sent) -> Iterator[None]:
    import google.auth  # noqa: PLC0415
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
    from google.cloud import aiplatform  # noqa: PLC0415

    def submit(self: Any, service_account: str, network: str | None) -> NoReturn:
        sent.take(self.to_dict(), service_account=service_account, network=network)

    def create(_: Any, *, parent: str, custom_job: dict[str, Any]) -> NoReturn:
        job = aiplatform.gapic.CustomJob(custom_job)  # which refuses what it does not know
        sent.take(type(job).to_dict(job), parent=parent)

    with (
        mock.patch.object(google.auth, "default", return_value=(AnonymousCredentials(), "project")),
        mock.patch.object(aiplatform.PipelineJob, "submit", submit),
        mock.patch.object(aiplatform.gapic.JobServiceClient, "create_custom_job", create),
    ):
        yield


@contextlib.contextmanager
def _kubeflow(sent: Sent) -> Iterator[None]:
    from zenml.integrations.kubeflow.orchestrators import KubeflowOrchestrator  # noqa: PLC0415

    def upload(*_: Any, pipeline_file_path: str, run_name: str, **__: Any) -> NoReturn:
        sent.take(yaml.safe_load(Path(pipeline_file_path).read_text()), run_name=run_name)

    with mock.patch.object(KubeflowOrchestrator, "_upload_and_run_pipeline", upload):
        yield


@contextlib.contextmanager
def _azureml(sent: Sent) -> Iterator[None]:
    from azure.ai.ml.operations import JobOperations  # noqa: PLC0415

    def create(self: Any, job: Any) -> NoReturn:
        checked = job._validate()  # noqa: SLF001 - the library's own check, which it makes before it sends
        sent.take(job._to_dict(), workspace=self._workspace_name, problems=checked.error_messages)  # noqa: SLF001

    with mock.patch.object(JobOperations, "create_or_update", create):
        yield


def main(stack: str, file: str, *assignments: str) -> None:
    """Write what every pipeline would send on a stack; the secrets that it refers to are read from standard input."""
    from commands.door import QUIET  # noqa: PLC0415 - as above

    os.environ.update(QUIET | {"ZENML_DISABLE_PIPELINE_LOGS_STORAGE": "true"})  # which would be in the cloud
    from lab.inside import secrets  # noqa: PLC0415 - as above

    secrets(json.load(sys.stdin))
    found = [dataclasses.asdict(record(stack, pipeline, list(assignments))) for pipeline in PIPELINES]
    Path(file).write_text(json.dumps(found, indent=1, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
