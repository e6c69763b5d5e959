"""The definitions that clouds are sent, each cloud's own, read into one form."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step of a definition.

    Attributes:
        name: Of the step.
        image: That it runs in.
        command: Entrypoint and arguments.
        environment: Its variables.
        after: The steps before it.
        cpu: Cores that it asks for; None where it asks for none.
        memory: Bytes that it asks for; None likewise.
    """

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, Any]
    after: frozenset[str]
    cpu: float | None = None
    memory: float | None = None


def of_kubeflow(spec: Mapping[str, Any]) -> dict[str, Step]:
    """Read the steps of a pipeline of Kubeflow Pipelines 2, which Vertex speaks as well."""
    executors, tasks = spec["deploymentSpec"]["executors"], spec["root"]["dag"]["tasks"]
    names = {key: task["taskInfo"]["name"] for key, task in tasks.items()}
    steps = {}
    for key, task in tasks.items():
        label = spec["components"][task["componentRef"]["name"]]["executorLabel"]
        after = frozenset(names[other] for other in task.get("dependentTasks", ()))
        steps[names[key]] = _container(names[key], executors[label]["container"], after)
    return steps


def _container(name: str, container: Mapping[str, Any], after: frozenset[str]) -> Step:
    asked = container.get("resources", {})
    return Step(
        name, container["image"], (*container["command"], *container["args"]),
        {one["name"]: one["value"] for one in container.get("env", ())}, after,
        asked.get("cpuLimit"), _bytes(asked.get("memoryLimit")),
    )  # fmt: skip


def _bytes(gigabytes: float | None) -> float | None:
    return None if gigabytes is None else gigabytes * 1e9


def of_vertex_job(job: Mapping[str, Any]) -> Step:
    """Read the one job that Vertex runs a dynamic pipeline in."""
    pool = job["job_spec"]["worker_pool_specs"][0]
    container = pool["container_spec"]
    command = (*container["command"], *container["args"])
    environment = {one["name"]: one["value"] for one in container["env"]}
    return Step(job["display_name"], container["image_uri"], command, environment, frozenset())


def of_azureml(job: Mapping[str, Any]) -> dict[str, Step]:
    """Read the steps of a pipeline of AzureML, which hands the variables over in the command."""
    names = {key: one["component"]["name"] for key, one in job["jobs"].items()}  # a job's own may be any other
    steps = {}
    for key, one in job["jobs"].items():
        component, inputs = one["component"], one.get("inputs", {})
        command = tuple(shlex.split(component["command"]))
        environment = json.loads(base64.b64decode(command[command.index("--zenml_env_variables") + 1]))
        after = frozenset(names[str(given["path"]).split(".")[2]] for given in inputs.values())
        steps[names[key]] = Step(names[key], component["environment"]["image"], command, environment, after)
    return steps


def of_sagemaker(definition: Mapping[str, Any], execution: str) -> dict[str, Step]:
    """Read the steps of a pipeline of SageMaker.

    Args:
        definition: The pipeline, as SageMaker describes it.
        execution: The ARN of its execution, which stands for the variable of that name.
    """
    steps = {}
    for one in definition["Steps"]:
        asked = one["Arguments"]
        algorithm = asked["AlgorithmSpecification"]
        given = {name: _value(value, execution) for name, value in asked["Environment"].items()}
        command = (*algorithm["ContainerEntrypoint"], *algorithm["ContainerArguments"])
        after = frozenset(one.get("DependsOn", ()))
        steps[one["Name"]] = Step(one["Name"], algorithm["TrainingImage"], command, given, after)
    return steps


def _value(value: Any, execution: str) -> str:
    if value == {"Get": "Execution.PipelineExecutionArn"}:
        return execution
    if not isinstance(value, str):
        raise TypeError(f"a variable of SageMaker that is not understood here: {value}")
    return value


def in_order(steps: Mapping[str, Step]) -> list[Step]:
    """Return the steps, each after those that it needs."""
    done: dict[str, Step] = {}
    while len(done) < len(steps):
        ready = [step for name, step in steps.items() if name not in done and step.after <= done.keys()]
        if not ready:
            raise ValueError(f"steps wait for each other: {sorted(steps.keys() - done.keys())}")
        done |= {step.name: step for step in ready}
    return list(done.values())
