"""The failure of a step elsewhere is told as if it had run here."""

from types import SimpleNamespace

import pytest
from docker.errors import ContainerError

from stacks import failed_steps
from stacks.failed_steps import container_error, step_error
from tagstack.errors import ContractError, TagstackError

COMMAND = ["--entrypoint_config_source", "zenml.x", "--snapshot_id", "5", "--step_name", "validate"]


def run_of(source, message="Column body is empty.", *, failed=True):
    info = SimpleNamespace(source=source, message=message)
    step = SimpleNamespace(name="validate", status=SimpleNamespace(is_failed=failed), exception_info=info)
    return SimpleNamespace(id="7", steps={"validate": step})


@pytest.fixture
def known(monkeypatch):
    """What ZenML knows of the runs of snapshot 5."""
    found = []

    class Known:
        def list_pipeline_runs(self, *, snapshot_id, sort_by, size):
            assert (snapshot_id, sort_by, size) == ("5", "desc:created", 1)
            return SimpleNamespace(items=found)

        def get_pipeline_run(self, wanted):
            return next(run for run in found if run.id == wanted)

    monkeypatch.setattr(failed_steps, "Client", Known)
    return found


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("tagstack.errors.ContractError", ContractError),
        ("builtins.MemoryError", TagstackError),
        (None, TagstackError),
    ],
)
def test_the_error_has_the_kind_that_it_had_in_the_step(source, kind):
    error = step_error(run_of(source))
    assert type(error) is kind
    assert str(error) == "Step validate failed: Column body is empty."


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("botocore.exceptions.EndpointConnectionError", "The artifact store is away."),
        ("tagstack.errors.StoreError", "no"),
    ],
)
def test_a_librarys_error_about_a_server_is_explained_and_ours_is_left_alone(monkeypatch, source, told):
    monkeypatch.setattr(failed_steps.outages, "explain", lambda said: said and "The artifact store is away.")
    assert str(step_error(run_of(source, "no"))) == f"Step validate failed: {told}"


def test_a_run_whose_steps_did_not_fail_has_no_error():
    assert step_error(run_of("builtins.ValueError", failed=False)) is None


def test_a_container_that_ended_in_an_error_is_told_by_the_error_of_its_step(known):
    known.append(run_of("tagstack.errors.ContractError"))
    error = container_error(ContainerError(None, 1, COMMAND, "image", b"a traceback"))
    assert type(error) is ContractError
    assert str(error) == "Step validate failed: Column body is empty."


@pytest.mark.parametrize("begun", [True, False])
def test_a_container_that_was_killed_is_told_by_its_signal(known, begun):
    known += [run_of(None, failed=False)] if begun else []
    error = container_error(ContainerError(None, 137, COMMAND, "image", b""))
    assert str(error).startswith("Step validate failed: its container was ended by SIGKILL, as where memory runs out;")
