import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tagstack.config import LogisticSettings, ModelSettings
from tagstack.errors import ModelError
from tagstack.model.card import GoldenCase
from tagstack.model.heads import head_from_weights
from tagstack.model.tagmodel import CARD, WEIGHTS, Recipe, load_model, save_model
from tagstack.model.training import train

CASE = GoldenCase(title="größer", body="<p>b</p>", suggested=(), top=("sql",), scores=(0.75,), close=("sql",))


@pytest.fixture(scope="module", params=["sigmoid", "isotonic", "none"])
def model(toy, request):
    settings = ModelSettings(head="logistic", calibration=request.param, logistic=LogisticSettings(c=10.0))
    return train(toy.embeddings, toy.labels, toy.split, settings=settings, recipe=Recipe())


@pytest.fixture
def folder(model, tmp_path):
    save_model(model, tmp_path)
    return tmp_path


def refused(folder, message):
    with pytest.raises(ModelError, match=message) as error:
        load_model(folder)
    assert "\n" not in str(error.value)


def test_a_loaded_model_says_exactly_what_the_saved_one_said(toy, model, folder):
    loaded, ids = load_model(folder), toy.split.members("test")
    assert loaded.card == model.card
    assert loaded.sha256 == model.sha256
    assert np.array_equal(
        loaded.predict(toy.embeddings, ids).probabilities, model.predict(toy.embeddings, ids).probabilities
    )
    assert np.array_equal(loaded.thresholds, model.thresholds)


def test_equal_models_have_equal_files(model, folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    save_model(load_model(folder), other)
    assert sorted(file.name for file in folder.iterdir()) == [CARD, WEIGHTS]
    assert all((other / name).read_bytes() == (folder / name).read_bytes() for name in (CARD, WEIGHTS))


def test_a_changed_weight_is_refused(folder):
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    refused(folder, "weights.safetensors is damaged: its SHA-256")


def test_truncated_weights_are_refused(folder):
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:100])
    refused(folder, "weights.safetensors is damaged: its SHA-256")


def test_a_changed_card_is_refused(folder):
    (folder / CARD).write_text((folder / CARD).read_text(encoding="utf-8").replace('"sql"', '"sql2"'), encoding="utf-8")
    refused(folder, "model.json is damaged: its SHA-256")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "damaged: no JSON"),
        ("\x80PNG", "damaged"),
        ("[]", "holds no card"),
        ('{"card": {"format": 3}}', r"has format 3, this Tagstack reads 1 and 2; update it or train again"),
        ('{"card": {"format": 1}}', "damaged at classes: Field required"),
    ],
)
def test_what_is_no_card_is_refused(folder, content, message):
    (folder / CARD).write_text(content, encoding="latin-1")
    refused(folder, message)


@pytest.fixture
def old_folder(model, tmp_path):
    """The model as Tagstack wrote it before there were golden questions."""
    save_model(model, tmp_path)
    card = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))["card"]
    del card["golden"]
    card["format"] = 1
    sha256 = hashlib.sha256(json.dumps(card, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    (tmp_path / CARD).write_text(json.dumps({"sha256": sha256, "card": card}), encoding="utf-8")
    return tmp_path, sha256


def test_a_model_without_golden_questions_is_read_and_keeps_its_identity(old_folder, tmp_path_factory):
    folder, sha256 = old_folder
    model, again = load_model(folder), tmp_path_factory.mktemp("again")
    assert (model.sha256, model.card.format, model.card.golden) == (sha256, 1, ())
    save_model(model, again)
    assert load_model(again).sha256 == sha256


def test_golden_questions_cannot_be_slipped_into_an_old_model(old_folder):
    folder, _ = old_folder
    stored = json.loads((folder / CARD).read_text(encoding="utf-8"))
    stored["card"]["golden"] = [CASE.model_dump(mode="json")]
    (folder / CARD).write_text(json.dumps(stored), encoding="utf-8")
    refused(folder, "damaged at golden: Value error, format 1 has no golden questions")


def test_golden_questions_are_kept_and_are_part_of_the_identity(model, tmp_path):
    golden = replace(model, card=model.card.model_copy(update={"golden": (CASE,)}))
    save_model(golden, tmp_path)
    assert load_model(tmp_path).card.golden == (CASE,)
    assert golden.sha256 != model.sha256
    (tmp_path / CARD).write_text(
        (tmp_path / CARD).read_text(encoding="utf-8").replace("0.75", "0.76"), encoding="utf-8"
    )
    refused(tmp_path, "model.json is damaged: its SHA-256")


@pytest.mark.parametrize("name", [CARD, WEIGHTS])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    refused(folder, r"No model in .*: No such file or directory \(model.json and weights.safetensors are needed\)")


@pytest.mark.parametrize("shapes", [{}, {"layer0.kernel": (2, 3)}, {"layer0.kernel": (2, 3), "layer0.bias": (2,)}])
def test_weights_that_do_not_fit_together_are_refused(shapes):
    with pytest.raises(ModelError, match="train the model again"):
        head_from_weights({name: np.zeros(shape, np.float32) for name, shape in shapes.items()})


@pytest.mark.parametrize("model", ["isotonic"], indirect=True)
def test_loading_and_applying_a_model_needs_neither_tensorflow_nor_scikit_learn(folder, project):
    code = (
        "import sys; from pathlib import Path; import numpy as np; from tagstack.model.tagmodel import load_model\n"
        f"load_model(Path({str(folder)!r})).probabilities(np.zeros((1, 8), np.float32))\n"
        "print([name for name in ('tensorflow', 'keras', 'sklearn', 'joblib') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
