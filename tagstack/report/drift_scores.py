"""The tests of a drift report by family: each as a row with its value on a common scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tagstack.drift.report import DriftReport, DriftScore, Family
from tagstack.report.blocks import Cell, Mark, Named, Number, Section, Strip, TableBlock
from tagstack.report.drift_scale import EXPLAINED, THRESHOLD, farthest_first, place, share
from tagstack.report.formats import chance, decimal, interval, whole
from tagstack.report.strips import forest_strip

FAMILIES: Final[dict[Family, str]] = {
    "descriptors": "Descriptors of the text",
    "embeddings": "Embeddings",
    "predicted_tags": "Tags that the model predicts",
    "true_tags": "Tags that people use",
    "performance": "Performance of the model",
    "concept": "Meaning of tags",
    "vocabulary": "Vocabulary",
}
"""How each family is called, in the order in which they are shown."""
_HEADER = ("Test", "Verdict", "Against its threshold", "Value", "Threshold", "Effect", "Adjusted p", "Questions")


def scores(report: DriftReport) -> Section:
    """Show every family of tests; a family without a test is named, too."""
    tables = [_table(title, report.family(family)) for family, title in FAMILIES.items() if report.family(family)]
    return Section("Tests", [*tables, *_untested(report)], EXPLAINED)


def verdict_mark(drifted: bool | None, *, yes: str = "drift", no: str = "no drift") -> Mark:
    """Write a verdict as a word in a pill.

    >>> verdict_mark(None).text
    'not enough data'
    """
    if drifted is None:
        return Mark("not enough data")
    return Mark(yes, "bad") if drifted else Mark(no, "good")


def _untested(report: DriftReport) -> list[TableBlock]:
    # The metrics of the model have a section of their own.
    families = [family for family in FAMILIES if not (family == "performance" and report.metrics)]
    missing = [FAMILIES[family] for family in families if not report.family(family)]
    rows: list[list[Cell]] = [[title, Mark("not tested")] for title in missing]
    return [TableBlock("Families without a test", ["Family", "Verdict"], rows)] if rows else []


def _table(title: str, scores: Sequence[DriftScore]) -> TableBlock:
    return TableBlock(title, _HEADER, [_row(score) for score in farthest_first(scores)], look="tests")


def _row(score: DriftScore) -> list[Cell]:
    bounds = interval(score.null.low, score.null.high) if score.null else ""
    return [
        Named(score.name, score.statistic),
        verdict_mark(score.drifted),
        _strip(score),
        Number(decimal(score.value), f"null {bounds}" if bounds else ""),
        Number(decimal(score.threshold)),
        Number(decimal(score.effect), score.effect_name),
        Number(chance(score.p_value if score.adjusted_p_value is None else score.adjusted_p_value)),
        Number(whole(score.window), f"against {whole(score.reference)}"),
    ]


def _strip(score: DriftScore) -> Strip:
    where = place(score)
    if where is None:
        return Strip("", score.note.removeprefix("not enough data: ") or "No value.")
    spoken = f"{score.name}: {score.statistic} {decimal(score.value)}, threshold {decimal(score.threshold)}, "
    svg = forest_strip(
        share(where.value),
        share(where.low),
        share(where.high),
        threshold=share(THRESHOLD),
        drifted=score.drifted,
        spoken=spoken + verdict_mark(score.drifted).text,
    )
    return Strip(svg, score.note)
