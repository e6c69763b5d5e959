"""The snapshot of the service: it is started anew where anything that it is made of has changed."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from pipelines import service as module
from pipelines.service import code_files


@pytest.mark.parametrize(
    "file",
    [
        "stacks/service_runner.py",
        "stacks/serving.py",
        "tagstack/serving/app.py",
        "tagstack/serving/server.py",
        "tagstack/serving/protocol.py",
        "tagstack/serving/page/page.js",
        "tagstack/store/migrations/versions/r0001_tables.py",
        "tagstack/model/tagmodel.py",
        "requirements/runtime.txt",
    ],
)
def test_what_the_service_runs_or_sends_counts_as_its_code(project, file):
    assert project / file in code_files()


def test_caches_of_the_interpreter_do_not(project):
    assert {file.suffix for file in code_files()} == {".py", ".js", ".css", ".html", ".svg", ".txt"}


class Zenml:
    """ZenML's client and a pipeline in one, which keep what they are asked."""

    name = "service"

    def __init__(self, left=()):
        self.left, self.made, self.deleted, self.asked = left, [], [], {}

    def create_snapshot(self, *, name):
        self.made.append(name)
        return SimpleNamespace(id=uuid4())

    def list_snapshots(self, **asked):
        self.asked = asked
        return SimpleNamespace(items=[SimpleNamespace(id=one) for one in self.left])

    def delete_snapshot(self, one):
        if one == "gone":
            raise KeyError(one)
        self.deleted.append(one)


def test_no_two_launches_share_a_snapshot(monkeypatch):
    zenml = Zenml()
    monkeypatch.setattr(module, "Client", lambda: zenml)
    first, second = module._create(zenml, "tagstack-service"), module._create(zenml, "tagstack-service")
    assert first != second
    assert len(set(zenml.made)) == 2
    assert all(name.startswith("tagstack-service-") for name in zenml.made)


def test_snapshots_that_nobody_runs_are_deleted_after_a_day(monkeypatch):
    zenml = Zenml(["old", "gone", "older"])
    monkeypatch.setattr(module, "Client", lambda: zenml)
    module._create(zenml, "tagstack-service")
    assert zenml.deleted == ["old", "older"]
    assert (zenml.asked["name"], zenml.asked["deployed"]) == ("startswith:tagstack-service", False)
    assert zenml.asked["created"].startswith("lt:")
