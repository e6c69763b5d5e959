"""The registered model as MLflow gives it back to anyone: the same answers, and nothing that runs when it is read."""

import json
import os
import pickletools
import subprocess
import sys

import mlflow
import pandas as pd
import pytest
import yaml

from stacks import mlflow_registry
from stacks.versions import find_version, load_tag_model
from tagstack.suggestion import make_suggester

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
    [code] = folder.rglob("suggestion.py")
    assert code.read_text() == (project / "tagstack" / "suggestion.py").read_text()
    assert not list(folder.rglob("__pycache__"))


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
