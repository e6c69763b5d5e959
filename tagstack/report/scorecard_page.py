"""The page of an evaluation: how good a model is, among its baselines, by tag and by slice."""

from __future__ import annotations

import numpy as np

from tagstack.report.bars import per_tag_f1
from tagstack.report.blocks import Block, Cell, Columns, Fact, Facts, Figure, Meter, Note, Section, TableBlock
from tagstack.report.curves import precision_recall, reliability
from tagstack.report.formats import decimal, moment, percent, plural, whole
from tagstack.report.metric_names import metric_interval, metric_name, metric_value, model_name
from tagstack.report.metric_tables import ceiling_table, comparison, estimate_cell, estimates_table
from tagstack.report.page import render_page
from tagstack.scorecard import AT_LEAST_ONE, HEADLINE, Evaluation, Scorecard, TagScore

_COMPARED = ("micro_f1", "jaccard", AT_LEAST_ONE)
_NOTES = {
    "micro_f1": "precision and recall of all suggestions together",
    "jaccard": "overlap of suggested and true tags",
    AT_LEAST_ONE: "of questions with a tag of the model",
    "coverage": "of questions get a suggestion",
}
_OPEN = (
    "All original tags count here, so a tag that the model does not know is always missed. The ceiling is the best "
    "that any model with these tags could reach."
)
_WHISKERS = "The whiskers are bootstrap intervals."
_CURVE = "Over all pairs of question and tag. The curve has one threshold for all tags, the point has one for each tag."


def render_evaluation(evaluation: Evaluation) -> str:
    """Render the page of an evaluation."""
    card = evaluation.model
    days = f"{moment(evaluation.first.date())} to {moment(evaluation.last.date())}"
    summary = (
        f"Model {evaluation.model_sha256[:12]} on {plural(card.questions, 'question')} of {days} that neither it nor "
        "its thresholds have seen."
    )
    business = estimates_table("Business metrics on the test questions", card.business)
    ceiling = ceiling_table("The vocabulary's ceiling", card.open)
    blocks: list[Block] = [
        _headline(card),
        _against_baselines(evaluation),
        Section("Business metrics", [business], "What a person who asks a question notices."),
        Section("Against all original tags", [ceiling], _OPEN),
        _by_tag(card),
        Section("Probabilities", [Columns([_curve(card), _reliability(card)])]),
        _by_slice(card),
        Section("Classic metrics", [estimates_table("Classic metrics on the test questions", card.classic)]),
    ]
    return render_page("Scorecard", summary, blocks)


def _headline(card: Scorecard) -> Facts:
    estimates = {name: card.metric(name) for name in HEADLINE}
    facts = [
        Fact(metric_name(name), metric_value(name, each.value), metric_interval(name, each), _NOTES[name], "info")
        for name, each in estimates.items()
    ]
    none = card.questions_without_suggestion
    share = none / card.questions if card.questions else None
    return Facts([*facts, Fact("Without a suggestion", whole(none), note=f"{percent(share)} of the questions")])


def _against_baselines(evaluation: Evaluation) -> Section:
    cards = [evaluation.model, *evaluation.baselines]
    metrics = {model_name(card.name): card.classic | card.business for card in cards}
    rows: list[list[Cell]] = [
        [model_name(card.name), *(estimate_cell(name, card.metric(name)) for name in HEADLINE)] for card in cards
    ]
    table = TableBlock("On the same questions", ["Model", *map(metric_name, HEADLINE)], rows)
    ahead = [_ahead(card) for card in cards[1:] if card.metric("micro_f1").value >= cards[0].metric("micro_f1").value]
    return Section("Against baselines", [*ahead, comparison(_COMPARED, metrics), table], _WHISKERS)


def _ahead(baseline: Scorecard) -> Note:
    value = metric_value("micro_f1", baseline.metric("micro_f1").value)
    return Note("warn", f"{model_name(baseline.name)} is not behind on micro-F1: {value}")


def _by_tag(card: Scorecard) -> Section:
    tags = sorted(card.tags, key=lambda tag: -tag.support)
    picture = per_tag_f1([tag.tag for tag in tags], [_f1(tag) for tag in tags], [tag.support for tag in tags])
    rows: list[list[Cell]] = [
        [
            tag.tag,
            tag.support,
            tag.suggested,
            tag.precision,
            tag.recall,
            Meter(decimal(_f1(tag)), _f1(tag)),
            tag.threshold,
        ]
        for tag in tags
    ]
    header = ["Tag", "Questions", "Suggested", "Precision", "Recall", "F1", "Threshold"]
    figure = Figure(picture, "F1 by tag", "In brackets, how many test questions carry the tag.")
    return Section("By tag", [figure, TableBlock("All tags of the model", header, rows)])


def _f1(tag: TagScore) -> float:
    """A tag that was neither true nor suggested has no score, though 0 stands for it."""
    return tag.f1 if tag.support or tag.suggested else float("nan")


def _meter(tag: TagScore) -> Meter:
    return Meter(decimal(_f1(tag)), _f1(tag))


def _curve(card: Scorecard) -> Figure:
    points = sorted(card.curve, key=lambda point: (point.recall, -point.precision))
    recall, precision = ([getattr(point, name) for point in points] for name in ("recall", "precision"))
    chosen = (card.metric("micro_recall").value, card.metric("micro_precision").value)
    picture = precision_recall(np.array(recall), np.array(precision), {"the model's thresholds": chosen})
    return Figure(picture, "Precision against recall", _CURVE)


def _reliability(card: Scorecard) -> Figure:
    names = ("mean_probability", "share_true", "pairs")
    confidence, accuracy, counts = (np.array([getattr(each, name) for each in card.calibration.bins]) for name in names)
    picture = reliability(confidence, accuracy, counts, ece=card.calibration.expected_error)
    brier = decimal(card.calibration.brier, 4)
    return Figure(picture, "Reliability", f"Honest probabilities lie on the dashed line. Brier score {brier}.")


def _by_slice(card: Scorecard) -> Section:
    rows: list[list[Cell]] = [
        [each.name, each.questions, *(estimate_cell(name, each.metrics.get(name)) for name in HEADLINE)]
        for each in card.slices
    ]
    header = ["Slice", "Questions", *map(metric_name, HEADLINE)]
    table = TableBlock("Headline metrics by slice", header, rows, empty="No slice has questions.")
    slices = {"all questions": card.classic | card.business} | {each.name: each.metrics for each in card.slices}
    figures = [comparison(["micro_f1", AT_LEAST_ONE], slices)] if card.slices else []
    return Section("By slice", [*figures, table], f"Where the model is weaker than on the whole. {_WHISKERS}")
