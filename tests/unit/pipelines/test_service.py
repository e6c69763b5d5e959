"""The snapshot of the service: it is started anew where anything that it is made of has changed."""

import pytest

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
