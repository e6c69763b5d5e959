"""A thousand requests that the OpenAPI document allows, forbids or half allows."""

import re
import subprocess
import sys
import threading

import httpx
import pytest

from stacks.versions import find_version, load_tag_model
from tagstack.serving.app import create_app
from tagstack.serving.served import make_served
from tagstack.serving.server import Server, address_of, bind
from tagstack.serving.service import open_service
from tagstack.settings_file import load_settings
from tagstack.store import recorder

UNSAYABLE = "positive_data_acceptance"
"""A schema cannot say what the service refuses beyond it: a blank tag, a control character, half a character."""


@pytest.fixture
def address(first_run, tmp_path, monkeypatch):
    """A service of the trained model in this process."""
    monkeypatch.setattr(recorder, "UNKNOWN_SECONDS", 0.0)  # no other replica is writing
    settings = load_settings(assignments=[f"store.url=sqlite:///{tmp_path / 'store.db'}"])
    service = open_service(settings, host="127.0.0.1", environ={})
    service.engine.serve(make_served(1, load_tag_model(find_version("tagstack", "1"))))
    ready = threading.Event()
    server = Server(create_app(service), settings.service, is_ready=lambda: True, on_ready=ready.set)
    with bind("127.0.0.1", 0) as taken:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        assert ready.wait(20)
        yield address_of(taken)
        server.should_exit = True
        thread.join(20)


@pytest.mark.slow
def test_no_request_is_answered_by_a_failure(address, tmp_path):
    cases = 0
    for seed in range(1, 9):  # a run may end early, where it finds nothing new to try
        cases += fuzz(address, tmp_path, seed)
        if cases >= 1000:
            break
    assert cases >= 1000
    counted = httpx.get(f"{address}/metrics", trust_env=False).text
    assert 'route="/suggest",status="200"' in counted
    assert not re.search(r'requests_total\{.*status="5\d\d"', counted)


def fuzz(address, folder, seed):
    """Ask what one seed makes of the document, show that nothing is wrong with the answers, and count them."""
    phases = "examples,coverage,fuzzing" if seed == 1 else "fuzzing"
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--mode", "all"]
    options = ["--max-examples", "300", "--phases", phases, "--exclude-checks", UNSAYABLE, "--seed", str(seed)]
    quiet = ["--no-color", "--suppress-health-check", "all", "--generation-database", "none"]
    run = subprocess.run([*command, *options, *quiet], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    return int(re.search(r"(\d+) generated", run.stdout)[1])
