"""The page of a backtest: what each policy would have noticed, done and gained."""

from __future__ import annotations

from tagstack.backtest.report import BacktestReport, Replay, Step
from tagstack.bootstrap import Estimate
from tagstack.report.backtest_pictures import history_picture
from tagstack.report.blocks import Block, Cell, Fact, Facts, Figure, Mark, Note, Number, Section, TableBlock, Tone
from tagstack.report.formats import ABSENT, decimal, interval, listing, moment, plural, whole
from tagstack.report.metric_names import metric_name
from tagstack.report.page import render_page

_READ = (
    "Each point is a look; it is measured on the questions since the look before, which no model had seen, against all "
    "of their tags, and the band is its interval. A diamond is an alarm (orange is a warning, red is critical), a disc "
    "is none, a ring had not enough data. A triangle is a training; a hollow one was refused by the policy of "
    "promotion. The dashed line is what is known to have changed."
)
_TONES: dict[str, Tone] = {"critical": "bad", "warning": "warn", "info": "info", "none": "plain"}


def render_backtest(report: BacktestReport) -> str:
    """Render the page of a backtest."""
    looks = plural(len(report.replays[0].steps), "look")
    summary = f"{report.since} to {report.until}, {looks}, one every {plural(report.every_days, 'day')}."
    metric = f"{metric_name(report.metric)}, all tags"
    blocks: list[Block] = [
        _facts(report, metric),
        Figure(history_picture(report, metric=metric), "Performance with and without training", _READ),
        _policies(report),
        *(Section(replay.name, [*_chosen(replay), _steps(replay)]) for replay in report.replays),
    ]
    return render_page("Backtest", summary, blocks)


def _facts(report: BacktestReport, metric: str) -> Facts:
    trained = report.trained
    facts = [
        Fact("Known at the beginning", whole(report.known), note="documents that the first model was made from"),
        Fact("Replayed", whole(report.questions - report.known), note="later documents"),
        Fact(metric, decimal(trained.value), _interval(trained), "in training"),
    ]
    return Facts([*facts, *(Fact("Changed", moment(change.starts), note=change.name) for change in report.changes)])


def _policies(report: BacktestReport) -> TableBlock:
    header = ["Policy", "Alarms", "Mails", "Trainings", "Replaced", "Gain", "Interval"]
    delays = [f"Days from {change.name} to alarm" for change in report.changes]
    known = [*delays, "False alarms"] if report.changes else []
    rows: list[list[Cell]] = [
        [
            replay.name,
            len(replay.alarms),
            replay.mails,
            len(replay.trainings),
            sum(step.training.promoted for step in replay.trainings if step.training),
            replay.gain.value if replay.gain else None,
            _interval(replay.gain),
            *(replay.delay(change) for change in report.changes),
            *([replay.false_alarms(report.changes)] if report.changes else []),
        ]
        for replay in report.replays
    ]
    return TableBlock("What each policy would have done", [*header, *known], rows)


def _chosen(replay: Replay) -> list[Note]:
    return [Note("plain", "Chosen thresholds", listing(replay.chosen))] if replay.chosen else []


def _steps(replay: Replay) -> TableBlock:
    header = ["Look", "Window", "Version", "Drift", "Severity", "With", "Without", "Gain", "Mail", "Decision"]
    return TableBlock("The looks", header, [_row(step) for step in replay.steps])


def _row(step: Step) -> list[Cell]:
    found = ", ".join(step.kinds) or "none"
    drift = found if step.enough_data else "not enough data"
    values = [value.value if value else None for value in (step.adaptive, step.fixed, step.gain)]
    verdict = f"{step.reason} {step.training.reason}" if step.training else step.reason
    severity = Mark(step.severity, _TONES[step.severity])
    return [moment(step.as_of.date()), step.window, Number(f"{step.version}"), drift, severity, *values,
            step.mailed or ABSENT, verdict]  # fmt: skip


def _interval(gain: Estimate | None) -> str:
    return interval(gain.low, gain.high) if gain else ABSENT
