"""What a mail says, before it is set as text or HTML: no question's text, only tags and numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from tagstack.alerts.planned import PlannedMail
from tagstack.alerts.subject import one_line
from tagstack.bootstrap import Estimate
from tagstack.drift.report import DriftReport, DriftScore, MetricDrift
from tagstack.report.formats import decimal, percent, short, whole
from tagstack.report.metric_names import metric_name

MOST_ROWS = 12
_LONGEST_CELL = 60
_LONGEST_LINE = 1000


@dataclass(frozen=True)
class Table:
    """Rows under a header; the first column names the row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """One titled part of a mail: lines, or a table with a note below it."""

    title: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Content:
    """All that a mail says.

    Attributes:
        level: For the colour; `good` for a recovery.
        badge: The level in words.
        title: What was found.
        summary: Whose model, which questions.
        action: What to do.
        decision: What was decided about training.
        parts: The rest.
        links: Labels and addresses of reports.
        footer: Why the reader gets this.
    """

    level: str
    badge: str
    title: str
    summary: str
    action: str
    decision: str
    parts: tuple[Part, ...]
    links: tuple[tuple[str, str], ...]
    footer: str


def describe(report: DriftReport, mail: PlannedMail, *, links: Mapping[str, str], decision: str = "") -> Content:
    """Put a report into words and tables.

    Args:
        report: What was found.
        mail: Why it is mailed.
        links: Addresses of reports by label.
        decision: What was decided about training, in one line.
    """
    over = mail.occasion == "recovery"
    parts = (
        _earlier(mail),
        _reasons(report),
        _tests(report),
        _metrics(report),
        _tags(report),
        _new_tags(report),
        _notes(report),
    )
    return Content(
        level="good" if over else mail.level,
        badge="Over" if over else mail.level.capitalize(),
        title=_title(report, over=over),
        summary=_summary(report),
        action=_clean("Nothing: what was mailed is over." if over else report.diagnosis.recommendation),
        decision=_clean(decision),
        parts=tuple(part for part in parts if part.lines or (part.table and part.table.rows)),
        links=tuple((_clean(label), _clean(address)) for label, address in links.items()),
        footer=_footer(report),
    )


def _title(report: DriftReport, *, over: bool) -> str:
    if over:
        return "Drift is over"
    if not (kinds := list(report.diagnosis.kinds)):
        return "The model's metrics fell"
    words = " and ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))
    return f"{words.capitalize()} drift"


def _summary(report: DriftReport) -> str:
    window, reference = report.window, report.reference
    return (
        f"Model {report.model_name}, version {report.version}. Compared: {whole(window.questions)} questions from "
        f"{window.since:%Y-%m-%d} to {window.until:%Y-%m-%d} ({whole(window.labelled)} with tags), with "
        f"{whole(reference.questions)} test questions of training."
    )


def _earlier(mail: PlannedMail) -> Part:
    title = "What is over" if mail.occasion == "recovery" else "Found since the last mail and held back until now"
    lines = tuple(_clean(f"{alert.seen_at:%Y-%m-%d}: {alert.subject}") for alert in mail.earlier)
    return Part(title, lines[-MOST_ROWS:])


def _reasons(report: DriftReport) -> Part:
    return Part("Why", tuple(_clean(reason) for reason in report.diagnosis.reasons[:MOST_ROWS]))


def _tests(report: DriftReport) -> Part:
    judged = [score for score in report.scores if score.drifted is not None]
    shown = [score for score in judged if score.drifted] or judged
    header = ("Test", "Value", "Threshold", "Effect")
    found = sum(bool(score.drifted) for score in judged)
    note = f"{found} of {len(judged)} tests found drift. {_rest(len(shown))}"
    if unjudged := len(report.scores) - len(judged):
        note += f" Not enough data: {unjudged}."
    return Part(
        "Numbers against thresholds", table=_table(header, (_test(score) for score in shown)), note=note.strip()
    )


def _test(score: DriftScore) -> tuple[str, ...]:
    effect = "–" if score.effect is None else f"{score.effect_name} {decimal(score.effect, 2)}".strip()
    return score.name, f"{score.statistic} {decimal(score.value)}", decimal(score.threshold), effect


def _metrics(report: DriftReport) -> Part:
    fallen = [metric for metric in report.metrics if metric.drifted]
    shown = fallen or [metric for metric in report.metrics if metric.drifted is not None]
    return Part(
        "The model's metrics", table=_table(("Metric", "In training", "Now", ""), (_metric(one) for one in shown))
    )


def _metric(metric: MetricDrift) -> tuple[str, ...]:
    now, how = (metric.realised, "") if metric.realised else (metric.estimated, " (estimated)")
    verdict = "fell too far" if metric.drifted else "as before"
    return metric_name(metric.name), _estimate(metric.trained), f"{_estimate(now)}{how}", verdict


def _estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{decimal(estimate.value)} [{decimal(estimate.low)}, {decimal(estimate.high)}]"


def _tags(report: DriftReport) -> Part:
    moved = {one.name: one for score in report.scores if score.drifted for one in score.moved}
    named = [tag for tag in report.diagnosis.tags if tag not in {new.tag for new in report.new_tags}]
    rows = (
        (tag, *((percent(moved[tag].before), percent(moved[tag].after)) if tag in moved else ("–", "–")))
        for tag in named
    )
    return Part("Tags, expected and now", table=_table(("Tag", "Expected", "Now"), rows), note=_rest(len(named)))


def _new_tags(report: DriftReport) -> Part:
    rows = ((new.tag, percent(new.before), percent(new.after), f"{short(new.growth)}×") for new in report.new_tags)
    table = _table(("Tag", "Before", "Now", "Growth"), rows)
    return Part("Tags that the model cannot predict", table=table, note=_rest(len(report.new_tags)))


def _notes(report: DriftReport) -> Part:
    return Part("What is missing in this report", tuple(_clean(note) for note in report.notes))


def _footer(report: DriftReport) -> str:
    moment = report.as_of.astimezone(dt.UTC)
    return (
        f"Tagstack watches the model in production and saw this on {moment:%Y-%m-%d %H:%M} UTC. The same is not mailed "
        "again for a while; worse or other drift is. Who is mailed what is set under `alerts` in the configuration."
    )


def _rest(count: int) -> str:
    return f"{count - MOST_ROWS} more are in the report." if count > MOST_ROWS else ""


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    return Table(header, tuple(tuple(one_line(cell, _LONGEST_CELL) for cell in row) for row in islice(rows, MOST_ROWS)))


def _clean(text: str) -> str:
    return one_line(text, _LONGEST_LINE)
