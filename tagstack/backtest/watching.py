"""One look at the past: what a drift run would have found on that day, decided and brought about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tagstack.alerts.memory import AlertMemory, SentAlert
from tagstack.alerts.rules import plan
from tagstack.alerts.settings import LEVELS
from tagstack.backtest.learning import Learned, learn
from tagstack.backtest.measuring import count_open, measure
from tagstack.backtest.past import Past
from tagstack.backtest.report import Policy, Step, Training
from tagstack.backtest.results import Look
from tagstack.drift.history import DriftRun, remember
from tagstack.drift.monitor import examine
from tagstack.drift.past import match_history
from tagstack.drift.report import DriftReport
from tagstack.drift.sampling import Drawn, draw
from tagstack.errors import TagstackError
from tagstack.policy import PairedScores, decide
from tagstack.retraining import RetrainingDecision, decide_retraining
from tagstack.split import utc

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scene:
    """What stays the same throughout a replay.

    Attributes:
        past: The questions.
        policy: The thresholds.
        fixed: The model of the beginning.
        folder: Where models are kept.
    """

    past: Past
    policy: Policy
    fixed: Learned
    folder: Path

    def learn(self, moment: dt.datetime) -> Learned:
        """Train as the rule does, or take what was trained before."""
        return learn(self.past, until=moment, days=self.policy.retraining.window_days, folder=self.folder)

    def draw(self, learned: Learned, ids: Ids) -> Drawn:
        """Draw questions and ask a model about them."""
        past, settings = self.past, self.policy.drift
        return draw(past.questions, past.documents, ids, model=learned.model, encode=past.encode, settings=settings)


@dataclass(frozen=True, eq=False)
class Watched:
    """A model that is watched.

    Attributes:
        version: Its number in the replay; the model of the beginning is 1.
        learned: The model.
        reference: Its test questions, drawn for comparison.
        fitted_until: When the newest question was asked that it was fitted on.
        known_until: When the newest of its test questions was asked.
    """

    version: int
    learned: Learned
    reference: Drawn
    fitted_until: dt.datetime
    known_until: dt.datetime


def watch(scene: Scene, learned: Learned, version: int) -> Watched:
    """Make a model one that is watched."""
    test = learned.split.members("test")
    fitted, tested = (utc(scene.past.rows(ids)["created_at"]).max() for ids in (learned.fitted, test))
    return Watched(version, learned, scene.draw(learned, test), _aware(fitted), _aware(max(fitted, tested)))


def look(scene: Scene, watched: Watched, *, since: dt.datetime, moment: dt.datetime, before: Sequence[Look]) -> Look:
    """Look from a moment of the past as a drift run would have, and train where the rule says so.

    Args:
        scene: What is replayed.
        watched: The model in production.
        since: The moment of the look before.
        moment: The moment.
        before: The looks before, oldest first.
    """
    history = [one.run for one in before]
    report = _examine(scene, watched, moment, history)
    rule = scene.policy.retraining
    decision = decide_retraining(report, history, new_labels=report.window.labelled, settings=rule, now=moment)
    training = _train(scene, watched, moment) if decision.retrain else None
    mails = plan(report, remembered(before), scene.policy.alerts, now=moment)
    step = _step(scene, watched, report, decision, since)
    step = step.model_copy(update={"mailed": mails.mail.occasion if mails.mail else None, "training": training})
    return Look(step=step, run=_run(report, decision, training, watched), alerts=mails.remember)


def remembered(looks: Sequence[Look]) -> AlertMemory:
    """Return what the alerts remember of some looks."""
    newest: dict[tuple[str, dt.datetime], SentAlert] = {}
    for one in looks:
        newest |= {(alert.fingerprint, alert.seen_at): alert for alert in one.alerts}
    return AlertMemory(tuple(sorted(newest.values(), key=lambda alert: alert.seen_at)))


def _examine(scene: Scene, watched: Watched, moment: dt.datetime, history: Sequence[DriftRun]) -> DriftReport:
    learned, settings = watched.learned, scene.policy.drift
    since = max(moment - dt.timedelta(days=settings.window_days), _midnight(watched.known_until))
    ids = scene.past.between(since, moment)["post_id"].to_numpy()
    drawn = scene.draw(learned, ids[~np.isin(ids, learned.split.ids)])
    return examine(
        model_name=scene.past.settings.model_name,
        version=watched.version,
        model_sha256=learned.model.sha256,
        trained_until=watched.fitted_until,
        as_of=moment,
        reference=watched.reference.sample,
        window=drawn.sample,
        reference_period=watched.reference.period(learned.evaluation.first, learned.evaluation.last),
        window_period=drawn.period(since, moment),
        trained=learned.evaluation.model,
        settings=settings,
        past=match_history(history[::-1], watched.version),
        notes=drawn.notes,
    )


def _step(
    scene: Scene, watched: Watched, report: DriftReport, decision: RetrainingDecision, since: dt.datetime
) -> Step:
    fresh = scene.past.between(since, report.as_of)["post_id"].to_numpy()
    mailed = LEVELS[LEVELS.index(scene.policy.alerts.mail_from) :]
    return Step(
        as_of=report.as_of,
        since=since,
        questions=len(fresh),
        **measure(scene.past, scene.fixed.model, [(watched.learned.model, fresh)]),
        version=watched.version,
        window=report.window.questions,
        enough_data=report.enough_data,
        kinds=report.diagnosis.kinds,
        severity=report.diagnosis.severity,
        alarm=report.diagnosis.severity in mailed,
        decision=decision.outcome,
        reason=decision.reason,
    )


def _train(scene: Scene, watched: Watched, moment: dt.datetime) -> Training:
    """Train, and let the policy of promotion judge the new model against the old one."""
    try:
        new = scene.learn(moment)
    except TagstackError as error:
        return Training(questions=0, promoted=False, reason=str(error))
    ids = new.split.members("test")
    ids = ids[~np.isin(ids, watched.learned.fitted)]
    counts = (count_open(scene.past, model, ids) for model in (new.model, watched.learned.model))
    pair = PairedScores(str(watched.version), *counts)
    verdict = decide(new.evaluation, settings=scene.past.settings.policy, champion=pair)
    return Training(questions=int((new.split.parts >= 0).sum()), promoted=verdict.accepted, reason=verdict.reason)


def _run(report: DriftReport, decision: RetrainingDecision, training: Training | None, watched: Watched) -> DriftRun:
    run = remember(report, run_id=f"{report.as_of:%Y-%m-%d}", decision=decision.outcome, reason=decision.reason)
    if training is None:
        return run
    number = watched.version + 1 if training.promoted else None
    return run.model_copy(update={"training_run": run.run_id, "trained_version": number})


def _midnight(moment: dt.datetime) -> dt.datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _aware(moment: np.datetime64) -> dt.datetime:
    naive: dt.datetime = moment.astype(dt.datetime)
    return naive.replace(tzinfo=dt.UTC)
