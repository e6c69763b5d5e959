"""Clouds that cannot be reached from here: SageMaker emulated, Vertex, Kubeflow and AzureML compiled."""

import base64
import json

import pytest

from lab import runs, secrecy
from lab.clouds import compiled, definitions, sagemaker

COMPILED = pytest.mark.parametrize("stack", compiled.STACKS)
STATIC = pytest.mark.parametrize("pipeline", ["training", "deployment", "drift"])
TOKEN = "ZENML_STORE_API_TOKEN"
GOOGLE = "europe-west3-docker.pkg.dev/project/tagstack/tagstack:"
IMAGES = {"gcp": GOOGLE, "kubeflow": GOOGLE, "azure": "registry.azurecr.io/tagstack:"}


def steps_of(stack, sent):
    """Read a definition of a static pipeline."""
    if stack == "azure":
        return definitions.of_azureml(sent.definition)
    return definitions.of_kubeflow(sent.definition["pipelineSpec"] if stack == "gcp" else sent.definition)


@COMPILED
@STATIC
def test_every_step_is_in_the_definition_after_those_that_it_needs(sent, stack, pipeline):
    one = sent(stack)[pipeline]
    found = steps_of(stack, one)
    assert len(found) > 3
    assert {name: set(step.after) for name, step in found.items()} == {
        name: set(before) for name, before in one.steps.items()
    }


@COMPILED
@STATIC
def test_every_step_runs_its_own_step_in_the_image_of_the_registry(sent, stack, pipeline):
    for name, step in steps_of(stack, sent(stack)[pipeline]).items():
        assert step.command[:3] == ("python", "-m", "zenml.entrypoints.entrypoint")
        assert step.command[step.command.index("--step_name") + 1] == name
        assert step.image.startswith(IMAGES[stack])


@COMPILED
@STATIC
def test_a_step_knows_no_secret_but_the_token_of_its_run(sent, place, stack, pipeline):
    one = sent(stack)[pipeline]
    text = json.dumps(one.definition)
    secrets = secrecy.needles(place) | {"azure": compiled.AZURE_KEY}
    assert [name for name, secret in secrets.items() if secret in text] == []
    for step in steps_of(stack, one).values():
        shown = {name for name in step.environment if "TOKEN" in name or "KEY" in name or "PASSWORD" in name}
        assert shown == {TOKEN}
        assert claims(step.environment[TOKEN]).keys() >= {"pipeline_run_id"}


def claims(token):
    """Read what a token says of itself."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_resources_that_were_set_reach_vertex(sent):
    found = steps_of("gcp", sent("gcp")["training"])
    assert (found["embed"].cpu, found["embed"].memory) == (4, pytest.approx(8 * 2**30))
    assert (found["train"].cpu, found["train"].memory) == (None, pytest.approx(4e9))
    assert (found["split"].cpu, found["split"].memory) == (None, None)


def test_cores_that_were_set_reach_kubeflow(sent):
    found = steps_of("kubeflow", sent("kubeflow")["training"])
    assert (found["embed"].cpu, found["embed"].memory) == (4, None)
    assert (found["train"].cpu, found["train"].memory) == (None, None)


def test_vertex_runs_all_as_the_service_account(sent):
    for pipeline, one in sent("gcp").items():
        account = one.about.get("service_account") or one.definition["job_spec"]["service_account"]
        assert account == compiled.VARIABLES["VERTEX_SERVICE_ACCOUNT"], pipeline


def test_vertex_can_tell_what_is_ours_in_a_bill(sent):
    for pipeline, one in sent("gcp").items():
        assert one.definition["labels"]["application"] == "tagstack", pipeline


def test_the_backfill_is_one_job_of_vertex_that_starts_the_others(sent):
    job = definitions.of_vertex_job(sent("gcp")["backfill"].definition)
    assert job.image.startswith(IMAGES["gcp"])
    assert "zenml.pipelines.dynamic.entrypoint_configuration.DynamicPipelineEntrypointConfiguration" in job.command


def test_the_backfill_is_refused_where_pipelines_are_static(sent):
    assert "its orchestrator kubeflow knows no dynamic pipelines" in sent("kubeflow")["backfill"].refused


def test_azure_s_own_library_finds_nothing_wrong(sent):
    for pipeline, one in sent("azure").items():
        assert one.about == {"workspace": "workspace", "problems": {}}, pipeline
        assert one.definition, pipeline


def test_azure_s_jobs_need_no_machine_of_ours(sent):
    assert sent("azure")["training"].definition["settings"]["default_compute"] == "serverless"


def test_sagemaker_emulated_comes_to_what_stack_local_does(trained):
    here, there = trained("local").facts, trained("aws").facts
    for name in ("raw_questions", "questions", "documents", "split", "labels"):
        assert here["artifacts"][name]["content"] == there["artifacts"][name]["content"], name
    for name in ("questions", "headline", "all", "embeddings"):
        assert here["scorecard"][name] == there["scorecard"][name], name


def test_sagemaker_s_own_description_finds_nothing_wrong_with_a_job(trained, place):
    trained("aws")
    for step in sagemaker.newest(place)["Steps"]:
        assert sagemaker.problems(place, step["Arguments"]) == [], step["Name"]


def test_what_sagemaker_would_refuse_is_told(place, trained):
    trained("aws")
    job = sagemaker.newest(place)["Steps"][0]["Arguments"]
    assert sagemaker.problems(place, {**job, "Environment": {"A": "1" * 513}}) == ["A is too long"]
    assert "Missing required parameter" in sagemaker.problems(place, {"Environment": {}})[0]


def test_the_definition_of_sagemaker_holds_no_secret(trained, place):
    trained("aws")
    text = json.dumps(sagemaker.newest(place))
    assert [name for name, secret in secrecy.needles(place).items() if secret in text] == []


def test_sagemaker_emulated_runs_each_step_in_a_container_and_not_as_root(trained):
    run = trained("aws")
    assert run.where.keys() == run.facts["steps"].keys()
    assert set(run.where.values()) == {"1000:1000"}


def test_sagemaker_emulated_leaves_everything_in_its_bucket(trained, place):
    run = trained("aws")
    assert run.stores() == {"s3://tagstack-aws"}
    assert runs.strays(place, "aws") == []
    assert run.facts["versions"]["tagstack-aws"] == [["1", "staging"]]
