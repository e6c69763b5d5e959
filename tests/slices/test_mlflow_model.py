"""The registered model as MLflow gives it back to anyone: the same answers, and nothing that runs when it is read."""

import json
import os
import pickletools
import signal
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import httpx
import mlflow
import pandas as pd
import pytest
import yaml

from stacks import mlflow_registry
from stacks.versions import find_version, load_tag_model
from tagstack.golden import find_differences
from tagstack.suggestion import Suggestion, make_suggester

TITLES = ["How do I group rows by month?", "Segfault in C", ""]
BODIES = ["<p>With <code>pandas</code> and a DataFrame</p>", "<pre>int *p = 0;</pre><p>Mail ann@example.org</p>", ""]


@pytest.fixture(scope="module")
def loaded(first_run):
    mlflow_registry.connect()
    return mlflow.pyfunc.load_model("models:/tagstack@champion")


@pytest.fixture(scope="module")
def folder(first_run, tmp_path_factory):
    mlflow_registry.connect()
    target = tmp_path_factory.mktemp("model")
    mlflow.artifacts.download_artifacts("models:/tagstack@champion", dst_path=str(target))
    return target


def test_mlflow_answers_exactly_as_the_suggester_does(loaded):
    suggester = make_suggester(load_tag_model(find_version("tagstack", "1")))
    answered = loaded.predict(pd.DataFrame({"title": TITLES, "body": BODIES}), params={"top": 4})
    expected = suggester.suggest(TITLES, BODIES, top=4)
    assert answered.columns.tolist() == ["suggested", "top", "scores"]
    assert answered.to_dict("records") == [vars(suggestion) for suggestion in expected]


def test_without_parameters_ten_tags_are_ranked(loaded):
    [ranked] = loaded.predict(pd.DataFrame({"title": TITLES[:1], "body": BODIES[:1]}))["top"]
    assert len(ranked) == 10


def test_a_frame_without_a_body_is_refused_by_the_signature(loaded):
    with pytest.raises(mlflow.exceptions.MlflowException, match="body"):
        loaded.predict(pd.DataFrame({"title": TITLES}))


def test_the_signature_says_what_goes_in_and_out(loaded):
    signature = loaded.metadata.signature
    assert signature.inputs.input_names() == ["title", "body"]
    assert signature.outputs.input_names() == ["suggested", "top", "scores"]


def test_no_file_of_the_model_is_a_pickle(folder):
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {"model.json", "weights.safetensors", "MLmodel"} <= {file.name for file in files}
    assert [file for file in files if file.suffix in {".pkl", ".pickle", ".joblib"} or _is_pickle(file)] == []
    [description] = (yaml.safe_load(file.read_text()) for file in files if file.name == "MLmodel")
    assert description["flavors"]["python_function"]["loader_module"] == "mlflow.pyfunc.loaders.code_model"


def _is_pickle(file):
    try:
        return len(list(pickletools.genops(file.read_bytes()))) > 1
    except Exception:  # noqa: BLE001 - whatever a file that is no pickle raises
        return False


def test_the_model_brings_its_own_code_and_its_exact_requirements(folder, project):
    [requirements] = folder.rglob("requirements.txt")
    assert "tensorflow-hub==" in requirements.read_text()
    assert "-c constraints.txt" in requirements.read_text()
    assert requirements.with_name("constraints.txt").read_text() == f"tensorflow=={version('tensorflow-cpu')}"
    [code] = folder.rglob("suggestion.py")
    assert code.read_text() == (project / "tagstack" / "suggestion.py").read_text()
    assert not list(code.parent.rglob("__pycache__"))


def test_a_process_that_knows_nothing_of_the_project_gets_the_same_answers(folder, loaded, tmp_path):
    code = (
        "import json, sys, mlflow, pandas as pd\n"
        "model, questions = mlflow.pyfunc.load_model(sys.argv[1]), pd.DataFrame(json.loads(sys.argv[2]))\n"
        "print(model.predict(questions).to_json(orient='records'))\n"
        "assert sys.modules['tagstack'].__file__.startswith(sys.argv[1])\n"
        "assert 'zenml' not in sys.modules"
    )
    questions = {"title": TITLES, "body": BODIES}
    [root] = (file.parent for file in folder.rglob("MLmodel"))
    command = [sys.executable, "-P", "-W", "ignore", "-c", code, str(root), json.dumps(questions)]
    run = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=True)
    expected = loaded.predict(pd.DataFrame(questions)).to_dict("records")
    assert json.loads(run.stdout) == expected


HOSTILE = {
    "": "",
    "\0 title": "<p>sql\0</p>",
    "<script>alert(1)</script>": "<div>" * 20_000 + "java",
    "'; DROP TABLE Posts; --": "<p>" + "&amp;" * 200_000 + "</p>",
    "\u202e\U0010ffff": "<pre><p><!-- <![CDATA[ &#0; &#x110000; <a href='",
}


@pytest.fixture(scope="module")
def served(first_run, tmp_path_factory):
    """The address of `mlflow models serve` with the registered model, as a person starts it."""
    mlflow_registry.connect()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("served")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(), "PATH": path}
    command = ["mlflow", "models", "serve", "-m", "models:/tagstack@champion", "--env-manager", "local"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env=environment, stderr=log, stdout=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        while not _answers(f"{address}/ping"):
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.2)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(url):
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def _ask(served, titles, bodies):
    rows = [{"title": title, "body": body} for title, body in zip(titles, bodies, strict=True)]
    answer = httpx.post(f"{served}/invocations", json={"dataframe_records": rows, "params": {"top": 10}}, timeout=60)
    assert answer.status_code == 200, answer.text
    return [Suggestion(**prediction) for prediction in answer.json()["predictions"]]


def test_mlflow_serves_the_golden_answers(served):
    golden = load_tag_model(find_version("tagstack", "1")).card.golden
    assert len(golden) > 12
    assert find_differences(golden, _ask(served, [case.title for case in golden], [case.body for case in golden])) == []


def test_mlflow_serves_the_suggesters_answers_to_hostile_questions(served):
    suggester = make_suggester(load_tag_model(find_version("tagstack", "1")))
    assert _ask(served, list(HOSTILE), list(HOSTILE.values())) == suggester.suggest(
        list(HOSTILE), list(HOSTILE.values())
    )


def test_mlflow_refuses_rows_without_a_body_and_goes_on(served):
    refused = httpx.post(f"{served}/invocations", json={"dataframe_records": [{"title": "t"}]})
    assert refused.status_code == 400
    assert "body" in refused.json()["message"]
    assert len(_ask(served, ["t"], ["<p>b</p>"])) == 1
