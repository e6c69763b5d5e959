"""Kubernetes, emulated: its API is a stand-in, its pods are real containers."""

import json

import pytest

from lab import containers, runs, secrecy, setting
from lab.servers import kubernetes

STACK = "kubernetes"


@pytest.fixture(scope="module")
def pods(trained, place):
    """What the stand-in says of the pods of the training run."""
    trained(STACK)
    return [pod for pod in listed(place, "pods") if pod["metadata"]["labels"].get("pipeline") == "training"]


def listed(place, plural):
    with kubernetes.client(place) as api:
        return api.get(f"/api/v1/namespaces/{kubernetes.NAMESPACE}/{plural}").raise_for_status().json()["items"]


def test_kubernetes_emulated_comes_to_what_stack_local_does(trained):
    here, there = trained("local").facts, trained(STACK).facts
    assert there["status"] == "completed"
    for name in ("raw_questions", "questions", "documents", "split", "labels"):
        assert here["artifacts"][name]["content"] == there["artifacts"][name]["content"], name
    for name in ("questions", "headline", "all", "embeddings"):
        assert here["scorecard"][name] == there["scorecard"][name], name


def test_each_step_is_a_pod_with_a_container_that_is_not_root(trained, pods):
    run = trained(STACK)
    assert run.where.keys() == {*run.facts["steps"], runs.ORCHESTRATOR}
    assert set(run.where.values()) == {"1000:1000"}
    steps = {pod["metadata"]["labels"].get("step_name") for pod in pods} - {None}
    assert steps == run.facts["steps"].keys()
    assert {pod["status"]["phase"] for pod in pods} == {"Succeeded"}


def test_only_the_orchestrator_has_an_account_with_rights(pods):
    accounts = {pod["metadata"]["labels"].get("step_name"): pod["spec"]["serviceAccountName"] for pod in pods}
    assert accounts.pop(None) == "zenml-service-account"
    assert set(accounts.values()) == {"default"}


def test_everything_is_in_the_bucket_of_the_stack(trained, place):
    run = trained(STACK)
    assert run.stores() == {f"s3://tagstack-{STACK}"}
    assert runs.strays(place, STACK) == []
    assert run.facts["versions"][f"tagstack-{STACK}"] == [["1", "staging"]]


def test_zenml_s_token_is_in_a_secret_that_ends_with_the_run_and_in_no_manifest(place, pods):
    variables = [one for pod in pods for one in pod["spec"]["containers"][0]["env"]]
    tokens = [one for one in variables if one["name"] == "ZENML_STORE_API_TOKEN"]
    assert len(tokens) == len(pods)
    assert all("secretKeyRef" in one["valueFrom"] for one in tokens)
    assert [name for name, secret in secrecy.needles(place).items() if secret in json.dumps(pods)] == []
    kept = {one["metadata"]["name"] for one in listed(place, "secrets")}
    assert not {name for name in kept if name.startswith("zenml-token")}


def test_shards_of_the_backfill_are_pods_of_their_own_with_the_cores_and_memory_that_were_asked_for(
    client, trained, alone, place, record
):
    trained(STACK)
    alone()
    one = client(STACK)
    containers.forget(place)
    asked = ("--set", "resources.encode_shard.memory=1GiB", "--set", "resources.encode_shard.cpu=0.5")
    command = ("--pipeline", "backfill", "--shards", "2", "--until", setting.UNTIL, "--stack", STACK, *asked)
    outcome = one.run(*command)
    record.others.setdefault(STACK, {})["backfill"] = f"{outcome.seconds:.0f} s: {outcome.error or outcome.out.strip()}"
    assert outcome.code == 0, outcome.err
    assert len(outcome.out.splitlines()) == 1, outcome.out
    shards = [pod for pod in listed(place, "pods") if "encode" in pod["metadata"]["labels"].get("step_name", "")]
    assert [pod["spec"]["containers"][0]["resources"]["requests"] for pod in shards] == [
        {"cpu": "500m", "memory": "1024Mi"}
    ] * 2
    assert {known.user for known in containers.containers(place, one.ask("stack", STACK))} == {"1000:1000"}
