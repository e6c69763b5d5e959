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


class Contested:
    """A pipeline whose snapshot's name is taken by another launch at the same moment, some times."""

    def __init__(self, times):
        self.times, self.id = times, uuid4()

    def create_snapshot(self, *, name, replace):
        assert (name, replace) == ("tagstack-service", True)
        self.times -= 1
        if self.times >= 0:
            raise RuntimeError("Snapshot creation failed.")  # what ZenML's SQL store raises then
        return SimpleNamespace(id=self.id)


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(module, "PAUSES_SECONDS", (0.0, 0.0, 0.0))


@pytest.mark.usefixtures("hasty")
def test_a_snapshot_that_two_launches_create_at_once_is_created_again():
    contested = Contested(3)
    assert module._create(contested, "tagstack-service") == contested.id


@pytest.mark.usefixtures("hasty")
def test_a_snapshot_that_cannot_be_created_says_so_in_the_end():
    with pytest.raises(RuntimeError, match="Snapshot creation failed"):
        module._create(Contested(9), "tagstack-service")
