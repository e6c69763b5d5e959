"""When the service is started anew, and a start that fails."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from zenml.config import DeploymentSettings
from zenml.deployers.exceptions import DeployerError

from stacks import live_service as module
from stacks.live_service import LiveService
from tagstack.errors import ServiceError
from tagstack.settings_file import load_settings

OLD, NEW = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(("running", "started"), [(OLD, [NEW, OLD]), (NEW, [NEW]), (None, [NEW])])
def test_a_service_that_does_not_start_gives_way_to_the_one_that_ran(store, monkeypatch, running, started):
    asked = []

    def start(_, snapshot):
        asked.append(snapshot)
        if snapshot == NEW:
            raise DeployerError("It ended early.")

    before = SimpleNamespace(snapshot=SimpleNamespace(id=running)) if running else None
    monkeypatch.setattr(LiveService, "_deployment", lambda _: before)
    monkeypatch.setattr(LiveService, "_last_words", lambda _: None)
    monkeypatch.setattr(LiveService, "_start", start)
    with pytest.raises(ServiceError, match=r"^The service did not start: It ended early\.$"):
        LiveService(load_settings(), store, NEW)._deploy()
    assert asked == started


def snapshot(**changed):
    usual = {"deployment_app_runner_kwargs": {"code": "a", "deployer": "b"}, "uvicorn_kwargs": {"access_log": False}}
    configuration = SimpleNamespace(deployment_settings=DeploymentSettings(**(usual | changed)))
    return SimpleNamespace(pipeline_configuration=configuration)


@pytest.mark.parametrize(
    ("changed", "current"),
    [
        ({}, True),
        ({"uvicorn_kwargs": {"access_log": True}}, False),
        ({"uvicorn_workers": 2}, False),
        ({"deployment_app_runner_kwargs": {"code": "a", "deployer": "c"}}, False),
        ({"deployment_app_runner_kwargs": {"code": "c", "deployer": "b"}}, False),
    ],
)
@pytest.mark.parametrize("up", [True, False])
def test_a_service_that_runs_with_other_settings_is_not_current(store, monkeypatch, changed, current, up):
    running = SimpleNamespace(snapshot=snapshot())
    monkeypatch.setattr(module, "Client", lambda: SimpleNamespace(get_snapshot=lambda _: snapshot(**changed)))
    monkeypatch.setattr(LiveService, "_deployment", lambda _: running)
    monkeypatch.setattr(LiveService, "_is_up", lambda *_: up)
    assert LiveService(load_settings(), store, NEW)._is_current() is (current and up)
