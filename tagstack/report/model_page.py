"""The model card: what a model is, what it was trained on, and from which probability it suggests each tag."""

from __future__ import annotations

from tagstack.model.tagmodel import TagModel
from tagstack.report.blocks import Block, Cell, Columns, Fact, Facts, Figure, Pairs, TableBlock
from tagstack.report.distributions import histogram
from tagstack.report.formats import ABSENT, moment, plural, whole
from tagstack.report.metric_names import model_name
from tagstack.report.page import render_page


def render_model(model: TagModel) -> str:
    """Render the card of a model."""
    card = model.card
    trained = sum(part.documents for part in card.parts if part.part == "train")
    facts = Facts([
        Fact("Head", model_name(model.head)),
        Fact("Tags", whole(len(card.classes)), note="the model's vocabulary"),
        Fact("Numbers in a vector", whole(card.encoder.dimension), note=f"{card.encoder.mode} title and text"),
        Fact("Training documents", whole(trained) if card.parts else ABSENT),
    ])  # fmt: skip
    thresholds = histogram(model.thresholds, label="Threshold")
    caption = "Probability from which a tag is suggested, chosen for each tag on the calibration part."
    blocks: list[Block] = [
        facts,
        Columns([Figure(thresholds, "Thresholds", caption), _identity(model)]),
        _parts(model),
        _tags(model),
        Columns([_settings(model), Pairs("Libraries", sorted(card.versions.items()))]),
    ]
    tags = plural(len(card.classes), "tag")
    return render_page("Model", f"Model {model.sha256[:12]}, which suggests out of {tags}.", blocks)


def _identity(model: TagModel) -> Pairs:
    encoder = model.card.encoder
    return Pairs("Identity", [
        ("Model (SHA-256)", model.sha256),
        ("Weights (SHA-256)", model.card.weights_sha256),
        ("Encoder", encoder.handle),
        ("Encoder fingerprint", encoder.key),
        ("Text cut after", plural(encoder.max_characters, "character")),
    ])  # fmt: skip


def _parts(model: TagModel) -> TableBlock:
    rows: list[list[Cell]] = [
        [part.part, part.documents, moment(part.first), moment(part.last)] for part in model.card.parts
    ]
    header = ["Part", "Documents", "First (UTC)", "Last (UTC)"]
    return TableBlock("What it has seen", header, rows, empty="The model does not record it.")


def _tags(model: TagModel) -> TableBlock:
    known = zip(model.classes, model.card.supports, model.thresholds.tolist(), strict=True)
    rows: list[list[Cell]] = [list(tag) for tag in sorted(known, key=lambda tag: (-tag[1], tag[0]))]
    return TableBlock("Vocabulary", ["Tag", "Training documents", "Threshold"], rows)


def _settings(model: TagModel) -> Pairs:
    settings = model.card.settings
    pairs: list[tuple[str, Cell]] = [("Seed", str(settings.seed)), ("Calibration", settings.calibration)]
    for name, value in getattr(settings, settings.head).model_dump().items():
        pairs.append((name.replace("_", " ").capitalize(), str(value)))
    return Pairs("Settings", pairs)
