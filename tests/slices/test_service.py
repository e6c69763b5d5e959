"""The service as people start it: a process of its own, a real model, real connections, real signals."""

import contextlib
import itertools
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest

from stacks.versions import find_version, load_tag_model
from tagstack.model.tagmodel import save_model
from tagstack.store.database import open_store
from tagstack.store.feedback import read_feedback
from tagstack.store.rollout import list_replicas, set_target
from tagstack.suggestion import make_suggester

QUESTION = {"title": "How do I group rows by month?", "body": "<p>With <code>pandas</code> and a DataFrame ...</p>"}
CLIENTS = 4


@pytest.fixture(scope="module")
def model(first_run):
    return load_tag_model(find_version("tagstack", "1"))


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_model(model, folder)
    return folder


@pytest.fixture
def store_url(tmp_path):
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def start(project, store_url, tmp_path):
    """Start `run.py serve` on a free port: `with start("--folder", folder) as running: running.client.get(...)`."""

    @contextlib.contextmanager
    def run(*options, python=()):
        command = [
            sys.executable,
            *python,
            "run.py",
            "--set",
            f"store.url={store_url}",
            "serve",
            "--port",
            "0",
            *options,
        ]
        with (
            open(tmp_path / "errors", "w+") as errors,
            subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
        ):
            try:
                address = re.fullmatch(r"Serving .* on (http://\S+) \(Ctrl-C ends it\)\n", _first_line(process))[1]
                with httpx.Client(base_url=address, trust_env=False) as client:
                    yield SimpleNamespace(process=process, client=client, address=address, errors=tmp_path / "errors")
            finally:
                process.kill()

    return run


def _first_line(process, *, timeout=120):
    assert select.select([process.stdout], [], [], timeout)[0], "it says nothing"
    return process.stdout.readline()


def end(running, sign=signal.SIGTERM):
    running.process.send_signal(sign)
    return running.process.wait(20)


def test_a_saved_model_is_served_without_zenml_and_mlflow(start, folder, model):
    with start("--folder", str(folder), python=("-X", "importtime")) as running:
        ready = running.client.get("/ready").json()
        assert ready == {"model_version": 0, "model_sha256": model.sha256, "revision": None}
        answer = running.client.post("/suggest", json={**QUESTION, "top": 4}).json()["suggestions"][0]
        assert "<title>" in running.client.get("/").text
        assert end(running) == 0
        imported = {line.rpartition("|")[2].strip() for line in running.errors.read_text().splitlines()}
    [expected] = make_suggester(model).suggest([QUESTION["title"]], [QUESTION["body"]], top=4)
    assert [one["tag"] for one in answer["suggested"]] == expected.suggested
    assert [one["tag"] for one in answer["top"]] == expected.top
    assert [one["score"] for one in answer["top"]] == pytest.approx(expected.scores, abs=2e-6)
    assert {"tagstack.serving.app", "tensorflow"} <= imported
    assert not {name for name in imported if name.split(".")[0] in ("zenml", "mlflow")}


def test_no_acknowledged_feedback_is_lost_when_the_process_is_killed(start, folder, store_url):
    acknowledged = {}
    enough = threading.Event()

    def decide(address, number):
        with httpx.Client(base_url=address, trust_env=False) as client, contextlib.suppress(httpx.TransportError):
            for turn in itertools.count():
                question = {"title": f"pandas {number} {turn}", "top": 3}
                name = client.post("/suggest", json=question).json()["suggestions"][0]["suggestion_id"]
                decision = {"suggestion_id": name, "added": [f"tag-{number}-{turn}"]}
                if client.post("/feedback", json=decision).json() == {"status": "recorded"}:
                    acknowledged[name] = decision["added"]
                if len(acknowledged) > 60:
                    enough.set()

    with start("--folder", str(folder)) as running, ThreadPoolExecutor(CLIENTS) as pool:
        for number in range(CLIENTS):
            pool.submit(decide, running.address, number)
        assert enough.wait(60)
        end(running, signal.SIGKILL)
    with open_store(store_url) as store:
        stored = read_feedback(store).set_index("suggestion_id")["added"]
    assert {name: stored[name] for name in acknowledged} == acknowledged


def test_a_signal_under_load_fails_no_accepted_request(start, folder):
    answers, failures = [], []

    def ask(address, number):
        with httpx.Client(base_url=address, trust_env=False, timeout=20) as client:
            for turn in itertools.count():
                try:
                    found = client.post("/suggest", json={"title": f"java {number} {turn}", "top": 3})
                except httpx.ConnectError:
                    return  # not accepted any more
                except httpx.TransportError as error:
                    failures.append(error)
                    return
                answers.append(found.status_code)

    with start("--folder", str(folder)) as running:
        with ThreadPoolExecutor(CLIENTS) as pool:
            for number in range(CLIENTS):
                pool.submit(ask, running.address, number)
            while len(answers) < 50:
                time.sleep(0.01)
            assert end(running) == 0
        assert running.errors.read_text() == ""
    assert not failures
    assert set(answers) == {200}


def test_a_registered_version_is_served_and_the_store_is_followed(start, first_run, store_url):
    version = find_version("tagstack")  # other slices may have registered later ones
    sha256 = load_tag_model(version).sha256
    with start() as running:
        assert running.client.get("/ready").json() == {
            "model_version": version.number,
            "model_sha256": sha256,
            "revision": None,
        }
        with open_store(store_url) as store:
            target = set_target(store, "tagstack", version=version.number, sha256=sha256)
            while running.client.get("/ready").json()["revision"] != target.revision:
                time.sleep(0.05)
            while (replica := list_replicas(store, "tagstack")[0]).state == "starting":  # it reports after it serves
                time.sleep(0.05)
            assert (replica.address, replica.version, replica.state) == (running.address, version.number, "ready")
            assert end(running, signal.SIGINT) == 0
            assert list_replicas(store, "tagstack") == []


def test_a_call_that_cannot_work_is_one_line(refused, tmp_path, monkeypatch):
    for name in ("TAGSTACK_API_KEYS", "TAGSTACK_API_KEYS_FILE"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for which in (("--folder", tmp_path), ()):
            line = refused("serve", "--port", port, *which, code=2)
            assert line == (
                f"Error: Cannot listen on 127.0.0.1 port {port}: address already in use; choose another with --port."
            )
    assert "needs API keys on 0.0.0.0" in refused("serve", "--host", "0.0.0.0", "--folder", tmp_path, code=2)
    assert f"No model in {tmp_path}" in refused("serve", "--port", "0", "--folder", tmp_path, code=1)


def test_an_unknown_version_is_refused_with_the_known_ones(first_run, refused):
    line = refused("serve", "--port", "0", "--model", "99", code=2)
    assert "has no version '99'; choose production, staging, latest or one of: " in line


def test_a_version_or_a_folder_but_not_both(door, tmp_path):
    result = door("serve", "--model", "1", "--folder", tmp_path)
    assert (result.exit_code, "Give either --model or --folder." in result.output) == (2, True)


def test_a_damaged_model_is_not_served(folder, refused, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with open(tmp_path / "weights.safetensors", "r+b") as weights:
        weights.seek(-1, os.SEEK_END)
        weights.write(b"\0")
    assert "weights.safetensors is damaged" in refused("serve", "--port", "0", "--folder", tmp_path, code=1)
