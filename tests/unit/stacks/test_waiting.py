"""A submitted run is waited for until ZenML says that it has ended, or the orchestrator that it has failed."""

from types import SimpleNamespace

import pytest
from zenml.enums import ExecutionStatus

from stacks import waiting


@pytest.fixture
def zenml(monkeypatch):
    """ZenML with a run that stays as it is until someone publishes its failure."""
    state = SimpleNamespace(status=ExecutionStatus.INITIALIZING, asked=0, cloud=lambda: ExecutionStatus.RUNNING)

    def fetch_status(_run):
        state.asked += 1
        return state.cloud(), None

    def publish(_id):
        state.status = ExecutionStatus.FAILED

    orchestrator = SimpleNamespace(fetch_status=fetch_status)
    client = SimpleNamespace(
        get_pipeline_run=lambda _id: SimpleNamespace(status=state.status),
        active_stack=SimpleNamespace(orchestrator=orchestrator),
    )
    monkeypatch.setattr(waiting, "Client", lambda: client)
    monkeypatch.setattr(waiting, "publish_failed_pipeline_run", publish)
    monkeypatch.setattr(waiting, "ASK_SECONDS", -1.0)
    monkeypatch.setattr(waiting, "FIRST_SECONDS", 0.0)
    return state


def test_a_job_that_failed_before_it_told_zenml_ends_the_wait(zenml):
    zenml.cloud = lambda: ExecutionStatus.FAILED
    assert waiting.wait_finished("id").status == ExecutionStatus.FAILED


def test_what_zenml_says_counts_where_the_orchestrator_says_that_all_is_well(zenml):
    def all_is_well():
        if zenml.asked == 3:
            zenml.status = ExecutionStatus.COMPLETED
        return ExecutionStatus.COMPLETED

    zenml.cloud = all_is_well
    assert waiting.wait_finished("id").status == ExecutionStatus.COMPLETED
    assert zenml.asked == 3


def test_an_orchestrator_that_cannot_be_asked_is_no_failure(zenml):
    def refuse():
        zenml.status = ExecutionStatus.COMPLETED
        raise NotImplementedError

    zenml.cloud = refuse
    assert waiting.wait_finished("id").status == ExecutionStatus.COMPLETED
