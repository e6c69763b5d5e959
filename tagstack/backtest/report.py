"""What a replay of history showed: the frozen result, as it is kept and drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tagstack.alerts.settings import AlertSettings
from tagstack.bootstrap import Estimate
from tagstack.drift.history import Outcome
from tagstack.drift.report import Frozen, Kind, Severity
from tagstack.drift.settings import DriftSettings
from tagstack.retraining_settings import RetrainingSettings


@dataclass(frozen=True)
class Policy:
    """Thresholds that are tried on history.

    Attributes:
        name: What the chart calls them.
        drift: When something counts as drift.
        retraining: When drift leads to a training.
        alerts: When somebody is mailed.
    """

    name: str
    drift: DriftSettings
    retraining: RetrainingSettings
    alerts: AlertSettings

    def chosen(self) -> tuple[str, ...]:
        """Return the thresholds that are not the defaults, as `drift.min_auc=0.7`; no addresses of persons.

        >>> Policy("quick", DriftSettings(), RetrainingSettings(drifted_runs=1), AlertSettings()).chosen()
        ('retraining.drifted_runs=1',)
        """
        sections = {"drift": self.drift, "retraining": self.retraining, "alerts": self.alerts}
        return tuple(
            f"{name}.{key}={value}"
            for name, section in sections.items()
            for key, value in section.model_dump(mode="json", exclude={"recipients"}).items()
            if value != type(section)().model_dump(mode="json")[key]
        )


class Change(Frozen):
    """Something that is known to have changed.

    Attributes:
        name: What.
        starts: From which day on.
    """

    name: str
    starts: dt.date


class Training(Frozen):
    """A training that drift has started.

    Attributes:
        questions: Documents that it learnt from, was calibrated on, or was tested on.
        promoted: Whether the policy of promotion let the new version replace the old one.
        reason: Why, or why it failed.
    """

    questions: int
    promoted: bool
    reason: str


class Step(Frozen):
    """One look at the past.

    Attributes:
        as_of: The moment that it looked from.
        since: The moment of the look before, or the beginning.
        questions: Questions between the two, which no model has seen; the metrics are measured on them.
        fixed: Metric of the model of the beginning; None where there was no question.
        adaptive: Metric of the model that the rule had put in its place until then.
        gain: Their difference, on the same questions.
        version: Which model the latter is; the one of the beginning is 1.
        window: Questions that were compared with the reference.
        enough_data: Whether any test came to a verdict.
        kinds: Kinds of drift that were found.
        severity: How much they mattered.
        alarm: Whether the severity is one that is mailed.
        mailed: Why a mail would have been sent; None where none would.
        decision: What the rule said.
        reason: The same in one line.
        training: The training that followed, if any.
    """

    as_of: dt.datetime
    since: dt.datetime
    questions: int
    fixed: Estimate | None = None
    adaptive: Estimate | None = None
    gain: Estimate | None = None
    version: int
    window: int
    enough_data: bool
    kinds: tuple[Kind, ...]
    severity: Severity
    alarm: bool
    mailed: str | None = None
    decision: Outcome
    reason: str
    training: Training | None = None


class Replay(Frozen):
    """History under one policy.

    Attributes:
        name: Of the policy.
        chosen: Its thresholds that are not the defaults.
        steps: The looks, oldest first.
        gain: Difference of the metric with and without training, on the questions from when a policy of the report has
            first replaced the model; None where this one never did.
    """

    name: str
    chosen: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    gain: Estimate | None = None

    @property
    def alarms(self) -> tuple[Step, ...]:
        """The looks that raised an alarm."""
        return tuple(step for step in self.steps if step.alarm)

    @property
    def trainings(self) -> tuple[Step, ...]:
        """The looks that were followed by a training."""
        return tuple(step for step in self.steps if step.training)

    @property
    def mails(self) -> int:
        """How many mails would have been sent."""
        return sum(step.mailed is not None for step in self.steps)

    def delay(self, change: Change) -> int | None:
        """Return the days from a change to the first alarm after it; None where there was none."""
        days = [(step.as_of.date() - change.starts).days for step in self.alarms]
        return next((late for late in days if late > 0), None)

    def false_alarms(self, changes: tuple[Change, ...]) -> int | None:
        """Return the alarms before the first change; None where no change is known."""
        if not changes:
            return None
        first = min(change.starts for change in changes)
        return sum(step.as_of.date() <= first for step in self.alarms)


class BacktestReport(Frozen):
    """A replay of history under one policy or several.

    Attributes:
        since: The day of the first training.
        until: The day of the last look.
        every_days: Days between two looks.
        metric: What the models are compared by, against all original tags.
        trained: The metric of the first model on its own test questions.
        questions: Documents until `until`.
        known: Those before `since`.
        changes: What is known to have changed within.
        replays: One of each policy.
        confidence: Of the intervals.
    """

    since: dt.date
    until: dt.date
    every_days: int
    metric: str
    trained: Estimate
    questions: int
    known: int
    changes: tuple[Change, ...]
    replays: tuple[Replay, ...]
    confidence: float
