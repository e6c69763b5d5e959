"""A drift report as a snapshot of Evidently. Importing this module imports Evidently, which takes seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently._pydantic_compat import PrivateAttr
from evidently.core.container import MetricContainer, MetricOrContainer
from evidently.core.metric_types import MetricTestResult, SingleValue, SingleValueCalculation, SingleValueMetric
from evidently.core.report import Context, Snapshot
from evidently.legacy.model.widget import BaseWidgetInfo
from evidently.legacy.tests.base_test import TestStatus
from evidently.presets import ValueStats

from stacks.evidently_figures import Figure, list_figures
from stacks.evidently_widgets import tell
from tagstack.drift.descriptors import CATEGORIES, NUMBERS
from tagstack.drift.report import DriftReport, DriftScore

RUN = "run_id"
"""Where a snapshot's metadata say which pipeline run it is of."""
FEWEST = 2
"""Questions from which on their statistics are finite."""


class TagstackFigure(SingleValueMetric):
    """One number of a drift report; its fields are the labels by which panels choose it."""

    group: str
    name: str
    figure: str
    version: str
    _of: Figure = PrivateAttr()

    @classmethod
    def of(cls, figure: Figure) -> TagstackFigure:
        """Return the metric of a number."""
        metric = cls(group=figure.group, name=figure.name, figure=figure.figure, version=figure.version)
        metric._of = figure
        return metric


class TagstackFigureCalculation(SingleValueCalculation[TagstackFigure]):
    """Takes the number from the report and, where it is the statistic of a test, the test's own verdict."""

    def calculate(self, context: Context, current_data: Dataset, reference_data: Dataset | None) -> SingleValue:
        """Return the number. The data sets are of Evidently's interface; nothing is computed from them."""
        del context, current_data, reference_data
        figure = self.metric._of  # noqa: SLF001 - as above
        result = self.result(figure.value)
        result.widget = []  # the story's tables show it
        if figure.score and figure.score.drifted is not None:
            result.set_tests([self._verdict(figure.score)])
        return result

    def display_name(self) -> str:
        """Say what it is."""
        return f"{self.metric.group}: {self.metric.name}, {self.metric.figure}"

    def _verdict(self, score: DriftScore) -> MetricTestResult:
        limit = "" if score.threshold is None else f"; drift from {score.threshold:.4g} on"
        return MetricTestResult(
            id="tagstack_drift",
            name=f"{score.family.replace('_', ' ')}: {score.name}",
            description=f"{score.statistic} is {score.value:.4g}{limit}.",
            metric_config=self.to_metric_config(),
            test_config={},
            status=TestStatus.FAIL if score.drifted else TestStatus.SUCCESS,
        )


class DriftStory(MetricContainer):
    """All numbers of one report, and the tables that show them."""

    _of: DriftReport = PrivateAttr()

    @classmethod
    def of(cls, report: DriftReport) -> DriftStory:
        """Return the story of a report."""
        story = cls()
        story._of = report
        return story

    def generate_metrics(self, context: Context) -> Sequence[MetricOrContainer]:
        """Return a metric a number."""
        del context
        return [TagstackFigure.of(figure) for figure in list_figures(self._of)]

    def render(
        self, context: Context, child_widgets: list[tuple[str | None, list[BaseWidgetInfo]]] | None = None
    ) -> list[BaseWidgetInfo]:
        """Return the tables."""
        del context, child_widgets
        return tell(self._of)


def make_snapshot(report: DriftReport, reference: pd.DataFrame, window: pd.DataFrame, run_id: str) -> Snapshot:
    """Make the snapshot of one drift run.

    It holds our numbers with our verdicts, and Evidently's statistics of the descriptors without any verdict, as its
    default thresholds alarm without drift. Of the two frames only the columns that `tagstack.drift.descriptors` names
    get in, so that no text can; rows are not kept.

    Args:
        report: What was found.
        reference: Descriptors of the reference, a row a question.
        window: Descriptors of the window.
        run_id: Of the pipeline run.
    """
    columns = [name for name in (*NUMBERS, *CATEGORIES) if name in reference and name in window]
    enough = min(len(reference), len(window)) >= FEWEST
    statistics = [ValueStats(column=name) for name in columns] if enough else []
    frames = (window, reference) if enough else (pd.DataFrame({"nothing": [0]}),)
    snapshot = Report([DriftStory.of(report), *statistics]).run(
        *(_dataset(frame) for frame in frames),
        timestamp=report.as_of.astimezone(dt.UTC).replace(tzinfo=None),  # Evidently's own times have no zone
        metadata=_metadata(report, run_id),
        tags=[f"version {report.version}"],
        name=f"{report.as_of:%Y-%m-%d}, version {report.version}: {report.diagnosis.name}",
    )
    for result in snapshot.metric_results.values():
        result.widget = []  # on the snapshot's page they are inside those of `ValueStats`: three quarters of the file
    return snapshot


def _dataset(frame: pd.DataFrame) -> Dataset:
    numbers, categories = ([name for name in names if name in frame] for names in (NUMBERS, CATEGORIES))
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
    return Dataset.from_pandas(frame[[*numbers, *categories]], data_definition=definition)


def _metadata(report: DriftReport, run_id: str) -> dict[str, str]:
    return {
        RUN: run_id,
        "model": report.model_name,
        "version": str(report.version),
        "model_sha256": report.model_sha256,
        "since": f"{report.window.since:%Y-%m-%d %H:%M}",
        "until": f"{report.window.until:%Y-%m-%d %H:%M}",
        "diagnosis": report.diagnosis.name,
        "severity": report.diagnosis.severity,
    }
