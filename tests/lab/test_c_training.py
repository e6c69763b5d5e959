"""The same command on every stack: same scorecard, same embeddings, and each step where it should be."""

import pytest

from lab import runs
from lab.client import CONTAINERS, LOCAL_STORE

STACKS = pytest.mark.parametrize("stack", runs.STACKS)


@STACKS
def test_training_ends_well_on_the_stack(trained, stack):
    run = trained(stack)
    assert run.worked, run.second
    assert run.facts["status"] == "completed"


@STACKS
def test_a_second_run_of_the_same_is_cached(trained, stack):
    run = trained(stack)
    assert run.cached() == run.again["steps"].keys() - runs.NEVER_CACHED


@STACKS
def test_scorecard_embeddings_and_weights_are_those_of_stack_local(trained, stack):
    here, there = trained("local").facts, trained(stack).facts
    contents = [{name: known["content"] for name, known in facts["artifacts"].items()} for facts in (here, there)]
    for name in ("raw_questions", "questions", "documents", "split", "labels"):
        assert contents[0][name] == contents[1][name], name
    for name in ("questions", "headline", "all", "embeddings", "model"):
        assert here["scorecard"][name] == there["scorecard"][name], name


@STACKS
def test_every_step_ran_where_the_stack_says(trained, stack):
    run = trained(stack)
    assert run.where.keys() == (run.facts["steps"].keys() if stack in CONTAINERS else set())


@STACKS
def test_containers_do_not_run_as_root(trained, stack):
    if stack not in CONTAINERS:
        pytest.skip("no containers")
    assert not {user for user in trained(stack).where.values() if user.split(":")[0] in {"", "0", "root"}}


@STACKS
def test_no_artifact_is_in_another_store(trained, place, stack):
    run = trained(stack)
    assert run.stores() == ({"local"} if stack == "local" else {f"s3://tagstack-{stack}"})
    assert runs.strays(place, stack) == []


@STACKS
def test_the_model_is_registered_once(trained, stack):
    versions = trained(stack).again["versions"]
    assert versions[f"tagstack-{stack}"] == [["1", "staging"]]


@pytest.mark.parametrize("stack", runs.STACKS[1:])
def test_a_bucket_is_filled_by_its_own_stack_alone(trained, place, stack):
    trained(stack)
    assert runs.objects(place, stack) > 0
    own = place.folder / "clients" / stack / "local_stores" / "default_zen_store"
    assert own.exists() == (stack in LOCAL_STORE)
