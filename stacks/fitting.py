"""Fitting a pipeline to the stack that it is about to run on: what its steps get, and the images that they run in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zenml.client import Client
from zenml.config import DockerSettings, ResourceSettings
from zenml.enums import StackComponentType
from zenml.models import StackResponse
from zenml.pipelines.pipeline_definition import Pipeline

from stacks import images, pod_resources
from stacks.files import read_stack, stack_names
from tagstack.config import Settings
from tagstack.errors import UsageError

ONE_MACHINE = frozenset({"local", "local_docker"})
"""Orchestrators that have no other machine to give, and warn where one is asked for."""
STATIC = frozenset({"airflow", "databricks", "kubeflow", "tekton"})
"""Orchestrators that cannot run dynamic pipelines, known without their libraries."""


def fit(pipeline: Pipeline, steps: Iterable[str], settings: Settings, stack: StackResponse) -> Pipeline:
    """Return the pipeline as it runs on a stack.

    Args:
        pipeline: The pipeline.
        steps: The names of its steps.
        settings: `resources` of them is applied.
        stack: The active stack.

    Raises:
        UsageError: The pipeline is dynamic and the stack's orchestrator cannot run such, or an image cannot be built.
    """
    if pipeline.is_dynamic:
        _require_dynamic(stack)
    options: dict[str, Any] = {}
    if asked := _resources(steps, settings, stack):
        options["steps"] = asked
    if docker := docker_settings(stack):
        options["settings"] = {"docker": docker}
    known = Client().active_stack.orchestrator.supported_execution_modes
    if pipeline.configuration.execution_mode not in known:  # where others run the steps, nobody stops those that go on
        options["execution_mode"] = known[0]
    return pipeline.with_options(**options) if options else pipeline


def docker_settings(stack: StackResponse) -> DockerSettings | None:
    """Return how the stack's images are built; None where it runs no containers."""
    if not images.runs_in_containers(Client().active_stack):
        return None
    extras = read_stack(stack.name).extras if stack.name in stack_names() else ()
    return images.docker_settings(extras)


def _resources(steps: Iterable[str], settings: Settings, stack: StackResponse) -> dict[str, Any]:
    if _orchestrator(stack) in ONE_MACHINE:
        return {}
    wanted = {name: settings.resources[name] for name in steps if name in settings.resources}
    return {
        name: {"settings": _machine(stack, ResourceSettings(cpu_count=asked.cpu, memory=asked.memory))}
        for name, asked in wanted.items()
    }


def _machine(stack: StackResponse, asked: ResourceSettings) -> dict[str, Any]:
    if _orchestrator(stack) == "kubernetes":
        return {pod_resources.SETTINGS: pod_resources.pod_settings(asked)}
    return {"resources": asked}


def _require_dynamic(stack: StackResponse) -> None:
    flavor = _orchestrator(stack)
    if flavor in STATIC or not Client().active_stack.orchestrator.supports_dynamic_pipelines:
        raise UsageError(
            f"Stack {stack.name!r} cannot run the backfill: its orchestrator {flavor} knows no dynamic pipelines; "
            "choose a stack on local, local_docker, ssh, kubernetes, sagemaker, vertex or azureml, as `--stack local`."
        )


def _orchestrator(stack: StackResponse) -> str:
    return str(stack.components[StackComponentType.ORCHESTRATOR][0].flavor_name)
