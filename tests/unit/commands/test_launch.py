"""Starting a pipeline: how the failure of a step elsewhere is told."""

from types import SimpleNamespace

import pytest
from docker.errors import ContainerError

from commands import launch as launching
from tagstack.errors import ContractError, TagstackError
from tagstack.settings_file import load_settings


@pytest.fixture
def failed(monkeypatch):
    """A run whose step `validate` has failed."""
    info = SimpleNamespace(source="tagstack.errors.ContractError", message="Column body is empty.")
    step = SimpleNamespace(name="validate", status=SimpleNamespace(is_failed=True), exception_info=info)
    run = SimpleNamespace(id="7", steps={"validate": step})
    monkeypatch.setattr(launching, "wait_finished", lambda _: run)
    return run


def test_the_failure_of_a_step_on_another_machine_ends_the_command(failed):
    with pytest.raises(ContractError, match=r"^Step validate failed: Column body is empty\.$"):
        launching._run(lambda _: failed, load_settings(), {})


def test_the_failure_of_a_container_is_that_of_its_step(monkeypatch):
    def run_in_container(_):
        raise ContainerError(None, 1, ["--step_name", "validate"], "image", b"a traceback")

    monkeypatch.setattr(launching, "container_error", lambda ended: ContractError(f"Ended: {ended.exit_status}."))
    with pytest.raises(ContractError, match=r"^Ended: 1\.$"):
        launching._run(run_in_container, load_settings(), {})


def test_a_run_that_was_only_scheduled_says_so():
    with pytest.raises(TagstackError, match="only scheduled the run"):
        launching._run(lambda _: None, load_settings(), {})
