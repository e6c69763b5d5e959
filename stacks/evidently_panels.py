"""The panels of Evidently's dashboard: what drift runs found, over time. Importing this module imports Evidently."""

from __future__ import annotations

import uuid
from typing import Any

from evidently.sdk.models import DashboardModel, DashboardPanelPlot, DashboardTabModel, PanelMetric
from evidently.sdk.panels import bar_plot_panel, line_plot_panel, text_panel

from stacks.evidently_figures import ALL, LIMIT
from tagstack.report.metric_names import metric_name
from tagstack.scorecard import AT_LEAST_ONE

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tagstack/evidently/panels")
_METRIC = "TagstackFigure"
_FAMILIES = {
    "embeddings": "Drift of embeddings",
    "concept": "Concept drift",
    "predicted_tags": "Drift of predicted tags",
    "true_tags": "Drift of true tags",
    "vocabulary": "Vocabulary drift",
}
_DESCRIPTORS = {
    "text": ("title length", "text length", "language", "questions a day"),
    "code": ("code share", "has code", "code blocks"),
    "HTML": ("links", "images", "lists", "quotes", "headings"),
}
"""Evidently has six colours, one of them for the threshold."""
_METRICS = {"micro_f1": "classic", "jaccard": "classic", AT_LEAST_ONE: "business", "coverage": "business"}
_OUTCOMES = {"realised": "realised", "estimated": "estimated", "trained": "in training"}
_SHARES = {
    "accepted": "Acceptance: decided suggestions of which a tag was kept",
    "kept": "Suggested tags that were kept",
    "added": "Decided suggestions to which people added a tag",
    "unpredictable": "Added tags that the model cannot predict",
}
_TAB = "Tagstack"
Panels = list[DashboardPanelPlot]


def with_panels(dashboard: DashboardModel) -> DashboardModel:
    """Return a dashboard with our panels as they should be, first, and everything that people added as it is."""
    panels = make_panels()
    ids = [panel.id for panel in panels]
    tab = DashboardTabModel(id=uuid.uuid5(_NAMESPACE, _TAB), title=_TAB, panels=ids)
    return DashboardModel(
        tabs=[tab, *(one for one in dashboard.tabs if one.id != tab.id)],
        panels=[*panels, *(one for one in dashboard.panels if one.id not in ids)],
    )


def make_panels() -> Panels:
    """Return our panels in their order, with the same ids every time; in one tab, as Evidently's page shows none."""
    return [
        _heading("Drift", "What differs from the questions that the model was tested on, and by how much."),
        *_drift(),
        _heading("Metrics", "How good the suggestions are, on labelled questions and estimated without labels."),
        *_metrics(),
        _heading("Production", "What people make of the suggestions, and how much there was to look at."),
        *_production(),
    ]


def _drift() -> Panels:
    severity = _line("version {{version}}", group="diagnosis", name="severity")
    kinds = [
        _line(kind, group="diagnosis", name=kind, figure="found")
        for kind in ("covariate", "prior", "concept", "vocabulary")
    ]
    return [
        _bars("Severity", "0 none, 1 info, 2 warning, 3 critical; by model version", [severity]),
        _bars("Kinds of drift found", "One step each", kinds, stacked=True),
        *(_family(family, title) for family, title in _FAMILIES.items()),
        *(_family("descriptors", f"Drift of descriptors: {what}", names) for what, names in _DESCRIPTORS.items()),
    ]


def _family(family: str, title: str, names: tuple[str, ...] = ()) -> DashboardPanelPlot:
    """Draw the tests of a family, or those of these names."""
    told = "0 is where nothing changed, 1 each test's threshold: drift from 1 on"
    # The first line that fits a number takes it.
    limit = _line(LIMIT, group=family, name=LIMIT, figure="reach")
    tests = [_line(name, group=family, name=name, figure="reach") for name in names]
    return _lines(title, told, [limit, *(tests or [_line("{{name}}", group=family, figure="reach")])])


def _metrics() -> Panels:
    return [
        _lines(
            f"{kind.capitalize()} metric: {metric_name(name)}",
            "On labelled questions, estimated without labels, and on the test questions of training; by model version",
            [
                _line(f"{word}, version {{{{version}}}}", group=kind, name=name, figure=figure)
                for figure, word in _OUTCOMES.items()
            ],
        )
        for name, kind in _METRICS.items()
    ]


def _production() -> Panels:
    shares = [
        _lines(
            title,
            "By model version",
            [
                _line("all versions", group="use", name=name, figure="share", version=ALL),
                _line("version {{version}}", group="use", name=name, figure="share"),
            ],
        )
        for name, title in _SHARES.items()
    ]
    return [*shares, _vocabulary(), *_volume()]


def _vocabulary() -> DashboardPanelPlot:
    lines = [
        _line(f"{word}, version {{{{version}}}}", group="out_of_vocabulary", figure=figure)
        for figure, word in {"window": "now", "reference": "in training"}.items()
    ]
    return _lines("Out of vocabulary", "Share of tag uses outside the model's tags", lines)


def _volume() -> Panels:
    questions, feedback = (
        [_line(f"{name}, version {{{{version}}}}", group="volume", name=name) for name in names]
        for names in (("questions", "labelled"), ("suggestions", "decided"))
    )
    return [
        _bars("Volume: questions", "Of the window, and those with tags", questions),
        _bars("Volume: feedback", "Suggestions shown, and those that someone decided on", feedback),
    ]


def _line(legend: str, **labels: str) -> PanelMetric:
    return PanelMetric(legend=legend, metric=_METRIC, metric_labels=labels)


def _heading(title: str, subtitle: str) -> DashboardPanelPlot:
    return _named(text_panel(title=title, description=subtitle))


def _lines(title: str, subtitle: str, values: list[PanelMetric]) -> DashboardPanelPlot:
    return _named(line_plot_panel(title=title, values=values, description=subtitle, size="half"))


def _bars(title: str, subtitle: str, values: list[PanelMetric], **options: Any) -> DashboardPanelPlot:  # noqa: ANN401
    return _named(bar_plot_panel(title=title, values=values, description=subtitle, size="half", **options))


def _named(panel: DashboardPanelPlot) -> DashboardPanelPlot:
    """Give a panel the same id every time, by which it is found again."""
    panel.id = uuid.uuid5(_NAMESPACE, panel.title)
    return panel
