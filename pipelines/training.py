"""From SQL to a registered model."""

from __future__ import annotations

from zenml import pipeline
from zenml.enums import ExecutionMode

from steps.collect import collect
from steps.decide import decide
from steps.embed import embed
from steps.evaluate import evaluate
from steps.identify import identify
from steps.label import label
from steps.prepare import prepare
from steps.register import register
from steps.show import show
from steps.split import split
from steps.train import train
from steps.validate import validate
from steps.watermark import watermark
from tagstack.config import Settings
from tagstack.model.tagmodel import text_recipe


@pipeline(name="training", execution_mode=ExecutionMode.FAIL_FAST)
def training(settings: Settings) -> None:
    """Collect, validate, prepare, split, embed, label, train, evaluate, decide and register."""
    dataset = watermark(settings.source)
    raw = collect(settings.source, dataset)
    questions, _quarantine, _report = validate(raw, settings.source, settings.contract, settings.privacy)
    documents, _report = prepare(questions, settings.preparation)
    parts = split(documents, settings.split)
    embeddings = embed(documents, identify(settings.encoder), settings.encoder)
    labels, split_report = label(documents, parts, settings.labels)
    show(embeddings, labels, parts, split_report, documents)
    recipe = text_recipe(settings)
    model = train(embeddings, labels, parts, split_report, settings.model, recipe)
    evaluation = evaluate(model, embeddings, labels, parts, documents, settings.evaluation)
    decision = decide(model, evaluation, embeddings, parts, documents, settings.policy, settings.model_name)
    register(model, dataset, evaluation, decision, settings)
