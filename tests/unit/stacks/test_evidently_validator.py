"""What can be configured of the data validator, and that loading it is cheap."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from stacks.evidently_validator import EvidentlyWorkspaceConfig, same_id
from tagstack import paths


def test_the_default_is_a_folder_beside_zenmls_own_store():
    config = EvidentlyWorkspaceConfig()
    assert config.folder == paths.data() / "evidently"
    assert config.is_local


def test_a_service_is_not_local():
    assert not EvidentlyWorkspaceConfig(url="https://evidently.example.org", secret="{{evidently.secret}}").is_local


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_secret_may_go_over_http_within_this_machine(host):
    assert EvidentlyWorkspaceConfig(url=f"http://{host}:8000", secret="{{evidently.secret}}").url


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"workspace": "relative"}, "must be an absolute path"),
        ({"workspace": "s3://bucket/workspace"}, "must be an absolute path of a local folder"),
        ({"workspace": "/data/[a]"}, r"without any of \* \? \["),
        ({"workspace": "/data", "url": "https://evidently.example.org"}, "give either workspace or url"),
        ({"url": "evidently.example.org"}, "must begin with http:// or https://"),
        ({"url": "https://ann:hunter2@evidently.example.org"}, "must hold no user, password"),
        ({"url": "https://evidently.example.org?token=hunter2"}, "must hold no user, password, query"),
        ({"url": "https://evidently.example.org", "secret": "hunter2"}, "must refer to a ZenML secret"),
        ({"url": "http://evidently.example.org", "secret": "{{a.b}}"}, "use https://"),
        ({"secret": "{{a.b}}"}, "secret goes with url"),
        ({"timeout_seconds": 0}, "greater than 0"),
        ({"folder_name": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_work_is_refused_without_showing_secrets(wrong, told):
    with pytest.raises(ValidationError, match=told) as raised:
        EvidentlyWorkspaceConfig(**wrong)
    assert "hunter2" not in str(raised.value)


def test_evidently_is_not_imported_before_it_is_needed():
    code = (
        "import sys, stacks.evidently_validator, commands.monitor; print([m for m in sys.modules if 'evidently.' in m])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_ids_differ_by_model_and_run():
    assert len({same_id("a"), same_id("b"), same_id("a", "b"), same_id("b", "a")}) == 4
