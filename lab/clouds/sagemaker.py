"""SageMaker, emulated: the pipelines that its API was sent are executed here, each training job in a container.

The image, the command and the variables of a container are those of the definition. Added is only what a job of
SageMaker has by itself: a network, the credentials of its role, and here the address of the S3 server.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import docker
from botocore.validate import ParamValidator

from lab.client import Client, Outcome
from lab.clouds.definitions import Step, in_order, of_sagemaker
from lab.place import Place
from lab.servers import engine, sagemaker

POLL_SECONDS, PATIENCE_SECONDS = 2.0, 60.0


@dataclass
class Execution:
    """One execution of a pipeline: its ARN, its definition, and the exit codes of the steps that ran."""

    arn: str
    definition: dict[str, Any]
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def steps(self) -> dict[str, Step]:
        """The steps of the definition."""
        return of_sagemaker(self.definition, self.arn)

    @property
    def failed(self) -> bool:
        """Whether a step ended badly."""
        return any(self.codes.values())


@dataclass
class Emulation:
    """What SageMaker would do, on the lab's container engine.

    Attributes:
        place: The lab.
        known: Executions that were looked at, those from before included.
        executions: Those that were executed here.
    """

    place: Place
    known: set[str] = field(default_factory=set)
    executions: list[Execution] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Leave what was started before alone."""
        self.known.update(arn for arn in self._arns())

    def work(self) -> None:
        """Execute what was started since the last time, each step after those it needs, until one fails."""
        for arn in [arn for arn in self._arns() if arn not in self.known]:
            known = client(self.place).describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
            new = Execution(arn, json.loads(known["PipelineDefinition"]))
            self.known.add(arn)
            self.executions.append(new)
            for step in in_order(new.steps):
                new.codes[step.name] = self._run(step)
                if new.failed:
                    break

    def _arns(self) -> Iterator[str]:
        api = client(self.place)
        for pipeline in api.list_pipelines(MaxResults=100)["PipelineSummaries"]:
            told = api.list_pipeline_executions(PipelineName=pipeline["PipelineName"])
            yield from (one["PipelineExecutionArn"] for one in told["PipelineExecutionSummaries"])

    def _run(self, step: Step) -> int:
        containers = docker.DockerClient(base_url=f"unix://{engine.docker_socket(self.place)}", timeout=600).containers
        made = containers.run(
            step.image, entrypoint=list(step.command[:1]), command=list(step.command[1:]), detach=True,
            environment={**step.environment, **sagemaker.role(self.place)}, network_mode="host",
        )  # fmt: skip
        return int(made.wait()["StatusCode"])


def client(place: Place) -> Any:
    """Return boto3's client of the stand-in."""
    return boto3.client(
        "sagemaker", endpoint_url=place.url("sagemaker"), region_name=sagemaker.REGION,
        aws_access_key_id="lab", aws_secret_access_key="lab",
    )  # fmt: skip


def newest(place: Place) -> dict[str, Any]:
    """Return the definition of the pipeline that the stand-in was sent last."""
    api = client(place)
    known = api.list_pipelines(SortBy="CreationTime", SortOrder="Descending", MaxResults=1)["PipelineSummaries"]
    told = api.describe_pipeline(PipelineName=known[0]["PipelineName"])
    definition: dict[str, Any] = json.loads(told["PipelineDefinition"])
    return definition


def problems(place: Place, job: Mapping[str, Any]) -> list[str]:
    """List what SageMaker's own description of `CreateTrainingJob`, as botocore has it, says against a job."""
    asked = client(place).meta.service_model.operation_model("CreateTrainingJob").input_shape
    known = asked.members["Environment"]
    given = {name: value if isinstance(value, str) else str(value) for name, value in job["Environment"].items()}
    told = ParamValidator().validate({**job, "TrainingJobName": "job", "Environment": given}, asked)
    long = [name for name, value in given.items() if len(value) > known.value.metadata["max"]]
    many = ["too many variables"] if len(given) > known.metadata["max"] else []
    return [*([told.generate_report()] if told.has_errors() else []), *(f"{name} is too long" for name in long), *many]


def run(one: Client, *arguments: str, extra: Mapping[str, str] | None = None) -> Outcome:
    """Run a command that submits to SageMaker, and be SageMaker for it until it ends."""
    emulation = Emulation(one.place)
    running, failed_at = one.start(*arguments, extra=extra), None
    while running.process.poll() is None:
        emulation.work()
        if failed_at is None and any(done.failed for done in emulation.executions):
            failed_at = time.monotonic()
        if failed_at is not None and time.monotonic() - failed_at > PATIENCE_SECONDS:
            running.process.kill()  # it waits for a run that nobody goes on with
        time.sleep(POLL_SECONDS)
    return running.finish()
