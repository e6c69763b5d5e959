"""The page of a drift report: what changed since training, how sure that is, and what to do."""

from __future__ import annotations

from tagstack.drift.report import DriftReport
from tagstack.report.blocks import Block
from tagstack.report.drift_metrics import metrics
from tagstack.report.drift_scores import scores
from tagstack.report.drift_summary import compared, gaps, numbers, verdict
from tagstack.report.drift_tags import moved_tags, vocabulary
from tagstack.report.drift_use import production_use
from tagstack.report.formats import bound, plural
from tagstack.report.page import render_page


def render_drift(report: DriftReport) -> str:
    """Render the page of a drift report, from the diagnosis down to the numbers that it rests on."""
    window = report.window
    summary = (
        f"{report.model_name}, version {report.version}, on {plural(window.questions, 'question')} "
        f"from {bound(window.since)} until {bound(window.until)}, against "
        f"{plural(report.reference.questions, 'test question')} of its training."
    )
    blocks: list[Block] = [
        *verdict(report),
        *gaps(report),
        numbers(report),
        compared(report),
        scores(report),
        metrics(report),
        moved_tags(report),
        vocabulary(report),
        production_use(report.use),
    ]
    return render_page("Drift report", summary, blocks)
