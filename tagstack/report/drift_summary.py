"""The top of the drift report: what it is, how bad, what to do, and on which questions that rests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tagstack.drift.report import Diagnosis, DriftReport, Kind, MetricDrift, Period, Severity
from tagstack.report.blocks import Cell, Columns, Fact, Facts, Note, Pairs, TableBlock, Tone
from tagstack.report.formats import ABSENT, bound, listing, percent, plural, whole
from tagstack.report.metric_names import metric_interval, metric_name, metric_value
from tagstack.scorecard import HEADLINE

TONES: Final[dict[Severity, Tone]] = {"none": "good", "info": "info", "warning": "warn", "critical": "bad"}
_NAMED, _REASONS = 10, 12
_MEANING: Final[dict[Kind, str]] = {
    "covariate": "the questions read differently",
    "prior": "tags are used more or less often",
    "concept": "tags mean something else than in training",
    "vocabulary": "tags rise that the model does not know",
}


def headline(report: DriftReport) -> str:
    """Say in a few words what was found and how much it matters.

    >>> from tagstack.drift.report import Diagnosis
    >>> found = Diagnosis(
    ...     kinds=("concept", "vocabulary"),
    ...     severity="critical",
    ...     reasons=(),
    ...     tags=(),
    ...     descriptors=(),
    ...     recommendation="",
    ... )
    >>> headline(DriftReport.model_construct(diagnosis=found, scores=(), metrics=()))
    'Critical: concept and vocabulary drift'
    """
    diagnosis = report.diagnosis
    if diagnosis.kinds:
        kinds = " and ".join(filter(None, [", ".join(diagnosis.kinds[:-1]), diagnosis.kinds[-1]]))
        return f"{_severity(diagnosis.severity)}{kinds} drift"
    if fell := [metric.name for metric in report.metrics if metric.drifted and metric.name in HEADLINE]:
        names = listing(map(metric_name, fell))
        return f"{_severity(diagnosis.severity)}{names} fell, and no kind of drift explains it"
    return f"{_severity(diagnosis.severity)}No drift found" if report.enough_data else "Not enough data for a verdict"


def verdict(report: DriftReport) -> list[Note]:
    """Say what was found, what it means, with a reason a line, and what to do."""
    diagnosis = report.diagnosis
    tone = TONES[diagnosis.severity]
    if tone == "good" and not report.enough_data:
        tone = "plain"
    points = [*_shortened(diagnosis.reasons), *_moved(diagnosis)]
    found = Note(tone, headline(report), _meaning(report), points)
    return [found, Note("plain", "What to do", diagnosis.recommendation)] if diagnosis.recommendation else [found]


def gaps(report: DriftReport) -> list[Note]:
    """Say what is missing, and which tests came to no verdict; nothing where the report is whole."""
    notes = [Note("warn", "This report is partial", points=report.notes)] if report.notes else []
    open_ = [score.name for score in report.scores if score.drifted is None]
    if open_ and report.enough_data:
        title = f"No verdict on {len(open_)} of {plural(len(report.scores), 'test')}"
        notes.append(Note("plain", title, f"Not enough data, which is no all-clear: {listing(open_)}."))
    return notes


def numbers(report: DriftReport) -> Facts:
    """Show the numbers that a reader asks for first."""
    drifted = sum(score.drifted is True for score in report.scores)
    judged = sum(score.drifted is not None for score in report.scores)
    left = len(report.scores) - judged
    note = f"{plural(left, 'test')} without a verdict" if left else "every test has a verdict"
    tests = Fact("Tests with drift", f"{drifted} of {judged}" if judged else ABSENT, note=note)
    questions = Fact("Questions", whole(report.window.questions), note=f"{whole(report.window.labelled)} with tags")
    return Facts([questions, tests, *_metrics(report), *_outside(report), *_use(report)])


def compared(report: DriftReport) -> Columns:
    """Show the window beside the reference, and which model looked at them."""
    reference, window = report.reference, report.window
    rows: list[list[Cell]] = [
        ["From", bound(reference.since), bound(window.since)],
        ["Until, exclusive", bound(reference.until), bound(window.until)],
        ["Number", reference.questions, window.questions],
        ["With tags", _labelled(reference), _labelled(window)],
    ]
    table = TableBlock("Window against reference", ["Questions", "Reference", "Window"], rows)
    model: list[tuple[str, Cell]] = [
        ("Model", f"{report.model_name}, version {report.version}"),
        ("SHA-256", report.model_sha256[:12]),
        ("Trained on questions until", bound(report.trained_until)),
        ("As of", bound(report.as_of)),
        ("Confidence of intervals", percent(report.settings_confidence, 0)),
    ]
    return Columns([table, Pairs("Model in production", model)])


def _severity(severity: Severity) -> str:
    return "" if severity == "none" else f"{severity.capitalize()}: "


def _meaning(report: DriftReport) -> str:
    if not report.enough_data:
        return "That is no all-clear: no test came to a verdict."
    if report.diagnosis.kinds:
        meaning = "; ".join(_MEANING[kind] for kind in report.diagnosis.kinds)
        return f"{meaning.capitalize()}."
    alone = [score.name for score in report.scores if score.drifted]
    return f"What single tests found is too weak for a diagnosis: {listing(alone)}." if alone else ""


def _shortened(reasons: Sequence[str]) -> list[str]:
    left = len(reasons) - _REASONS
    return [*reasons[:_REASONS], f"and {plural(left, 'more reason')}"] if left > 1 else list(reasons)


def _moved(diagnosis: Diagnosis) -> Iterator[str]:
    for names, things in ((diagnosis.tags, "Tags"), (diagnosis.descriptors, "Descriptors")):
        if names:
            more = f" and {whole(len(names) - _NAMED)} more" if len(names) > _NAMED else ""
            yield f"{things} that moved: {listing(names[:_NAMED])}{more}"


def _labelled(period: Period) -> str:
    share = period.labelled / period.questions if period.questions else None
    return f"{whole(period.labelled)} ({percent(share)})"


def _metrics(report: DriftReport) -> list[Fact]:
    """Show the first headline metric, or the first that fell."""
    headline = [metric for name in HEADLINE for metric in report.metrics if metric.name == name]
    shown = [metric for metric in headline if metric.drifted] or headline
    return [_metric(metric) for metric in shown[:1]]


def _metric(metric: MetricDrift) -> Fact:
    now = metric.realised or metric.estimated
    source = "realised" if metric.realised else "estimated" if metric.estimated else "not known now"
    note = f"{source}; in training {metric_value(metric.name, metric.trained.value)}"
    value = metric_value(metric.name, now.value if now else None)
    tone: Tone = "bad" if metric.drifted else "good" if metric.drifted is False else "plain"
    return Fact(metric_name(metric.name), value, metric_interval(metric.name, now) if now else "", note, tone)


def _outside(report: DriftReport) -> list[Fact]:
    moved = report.out_of_vocabulary
    if moved is None:
        return []
    return [Fact("Out of vocabulary", percent(moved.after), note=f"of tag uses; before {percent(moved.before)}")]


def _use(report: DriftReport) -> list[Fact]:
    if report.use is None or report.use.total.accepted is None:
        return []
    accepted, decided = report.use.total.accepted, plural(report.use.total.decided, "decision")
    return [Fact("Accepted", percent(accepted.value), metric_interval("coverage", accepted), f"of {decided}")]
