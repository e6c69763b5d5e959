"""Two models trained on some of the benchmark's questions: as saved folders, and one as MLflow keeps it.

`python benchmarks/trained.py FOLDER QUESTIONS` is a process of its own, so that the benchmark holds no TensorFlow.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from questions import read_asked

from tagstack.config import LabelSettings, ModelSettings, SplitSettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.encoder import encode_documents, load_encoder
from tagstack.golden import with_golden
from tagstack.labels import choose_classes, label_documents
from tagstack.model.tagmodel import Recipe, TagModel, save_model
from tagstack.model.training import train
from tagstack.split import split_documents
from tagstack.suggestion import prepare_question

VERSIONS = (1, 2)


def main() -> None:
    """Train and save FOLDER/1, FOLDER/2 and FOLDER/mlflow."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    for version, model in zip(VERSIONS, train_models(count), strict=True):
        (folder / str(version)).mkdir()
        save_model(model, folder / str(version))
        if version == VERSIONS[0]:
            save_for_mlflow(folder / str(version), folder / "mlflow", model.sha256)


def train_models(count: int) -> list[TagModel]:
    """Train on the last `count` questions, with another seed each."""
    asked, recipe = read_asked()[0][-count:], Recipe()
    encoder = load_encoder(recipe.encoder)
    prepared = [prepare_question(one.title, one.body, recipe) for one in asked]
    vectors = encode_documents(encoder, [title for title, _ in prepared], [text for _, text in prepared])
    ids = np.arange(count)
    days = np.datetime64("2024-01-01T00:00:00") + ids.astype("timedelta64[h]")
    split = split_documents(ids, days, ids, settings=SplitSettings(method="random"))
    tags = [one.tags for one in asked]
    labels = label_documents(ids, tags, choose_classes(tags, settings=LabelSettings()))
    matrix = EmbeddingMatrix(ids, vectors, encoder.fingerprint)
    models = [train(matrix, labels, split, settings=ModelSettings(seed=version), recipe=recipe) for version in VERSIONS]
    return [with_golden(model) for model in models]


def save_for_mlflow(model: Path, target: Path, sha256: str) -> None:
    """Log the model exactly as the pipeline registers it, and fetch what MLflow keeps."""
    import mlflow

    from stacks.mlflow_registry import EXPERIMENT, MODEL_TAG, log_run

    target.mkdir()
    mlflow.set_tracking_uri(f"sqlite:///{target / 'mlflow.db'}")
    client = mlflow.MlflowClient()
    client.create_experiment(EXPERIMENT, artifact_location=(target / "artifacts").as_uri())
    run = log_run(model, sha256=sha256, outcome="benchmark", params={}, metrics={}, reports={})
    uri = client.get_run(run).data.tags[MODEL_TAG]
    mlflow.artifacts.download_artifacts(uri, dst_path=str(target / "model"))


if __name__ == "__main__":
    main()
