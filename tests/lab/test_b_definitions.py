"""Definitions of clouds are read as they are meant."""

import base64
import json

import pytest

from lab.clouds.definitions import Step, in_order, of_azureml, of_sagemaker

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/training/execution/1"


def step(name, *after):
    return Step(name, "image", ("python",), {}, frozenset(after))


def training(**environment):
    algorithm = {"TrainingImage": "image", "ContainerEntrypoint": ["python"], "ContainerArguments": ["-V"]}
    arguments = {"AlgorithmSpecification": algorithm, "Environment": environment}
    return {"Steps": [{"Name": "train", "Type": "Training", "Arguments": arguments, "DependsOn": ["embed"]}]}


def test_steps_come_after_those_that_they_need():
    steps = {one.name: one for one in (step("c", "a", "b"), step("b", "a"), step("a"))}
    assert [one.name for one in in_order(steps)] == ["a", "b", "c"]


def test_steps_that_wait_for_each_other_are_told():
    steps = {one.name: one for one in (step("a"), step("b", "c"), step("c", "b"))}
    with pytest.raises(ValueError, match=r"steps wait for each other: \['b', 'c'\]"):
        in_order(steps)


def test_a_job_of_sagemaker_gets_the_arn_of_its_execution():
    known = of_sagemaker(training(A="1", RUN={"Get": "Execution.PipelineExecutionArn"}), ARN)
    assert known == {"train": Step("train", "image", ("python", "-V"), {"A": "1", "RUN": ARN}, frozenset({"embed"}))}


def test_what_sagemaker_would_put_in_and_is_not_known_here_is_refused():
    with pytest.raises(TypeError, match=r"is not understood here: \{'Get': 'Parameters.X'\}"):
        of_sagemaker(training(A={"Get": "Parameters.X"}), ARN)


def test_a_job_of_azureml_is_named_by_its_component():
    given = base64.b64encode(json.dumps({"A": "1"}).encode()).decode()

    def job(name, **inputs):
        component = {"name": name, "command": f"python --zenml_env_variables {given}", "environment": {"image": "i"}}
        return {"component": component, "inputs": {k: {"path": v} for k, v in inputs.items()}}

    jobs = {"embed": job("embed"), "component_job": job("train", embed="${{parent.jobs.embed.outputs.completed}}")}
    steps = of_azureml({"jobs": jobs})
    assert {name: set(one.after) for name, one in steps.items()} == {"embed": set(), "train": {"embed"}}
    assert steps["train"].environment == {"A": "1"}
