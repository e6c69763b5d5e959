"""Replaying history under one policy or several."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from tagstack.backtest.learning import Learned, learn
from tagstack.backtest.measuring import measure
from tagstack.backtest.past import Past
from tagstack.backtest.report import BacktestReport, Change, Policy, Replay
from tagstack.backtest.results import Look, Results, first_key, next_key
from tagstack.backtest.watching import Scene, Watched, look, watch
from tagstack.bootstrap import Estimate
from tagstack.errors import UsageError


def replay(  # noqa: PLR0913 - what an administrator chooses
    past: Past,
    policies: Sequence[Policy],
    *,
    since: dt.date,
    until: dt.date,
    every: int,
    folder: Path,
    changes: Sequence[Change] = (),
    advance: Callable[[int], None] = lambda _: None,
) -> BacktestReport:
    """Train on what was known on a day, watch from there on, train again by the rule, and compare.

    Each look asks what a drift run on that day would have: only questions before it are seen. The models with and
    without training are compared on the questions since the look before, which neither has seen. A training takes
    effect at once, where the policy of promotion agrees.

    Args:
        past: The questions.
        policies: What to try; their names differ.
        since: The day of the first training.
        until: The day of the last look at the latest.
        every: Days between two looks.
        folder: Where models and looks are kept; the same call goes on from what is there.
        changes: What is known to have changed.
        advance: Called with the number of finished looks, `len(moments(...))` for each policy.

    Raises:
        UsageError: There is no look within these days, or too few questions lie before the first.
        TagstackError: The first model cannot be trained.
    """
    looks = moments(since, until, every)
    fixed = _first(past, policies, since, folder)
    scenes = [Scene(past, policy, fixed, folder) for policy in policies]
    done = [(scene, *_watch_on(scene, _midnight(since), looks, advance)) for scene in scenes]
    first = min((moment for _, _, learned in done for moment in learned.replaced), default=None)
    replays = [_replay(scene, found, learned.gain(first, looks[-1])) for scene, found, learned in done]
    evaluation, metric = past.settings.evaluation, past.settings.policy.compare_by
    trained = fixed.evaluation.model.open[metric]
    return BacktestReport(
        since=since,
        until=until,
        every_days=every,
        metric=metric,
        trained=Estimate(value=trained.value, low=trained.low, high=trained.high),
        questions=len(past.index),
        known=len(past.between(None, _midnight(since))),
        changes=tuple(change for change in changes if since < change.starts < until),
        replays=tuple(replays),
        confidence=evaluation.confidence,
    )


def moments(since: dt.date, until: dt.date, every: int) -> list[dt.datetime]:
    """Return the moments of the looks, every so many days after the first training.

    Raises:
        UsageError: There is none.

    >>> [f"{moment:%d.%m.}" for moment in moments(dt.date(2024, 6, 1), dt.date(2024, 7, 1), 14)]
    ['15.06.', '29.06.']
    """
    if since >= until:
        raise UsageError(f"--from {since} must be before --to {until}.")
    found = [_midnight(since) + dt.timedelta(days=days) for days in range(every, (until - since).days + 1, every)]
    if not found:
        raise UsageError(f"{every} days after --from {since} is later than --to {until}; look more often with --every.")
    return found


def _first(past: Past, policies: Sequence[Policy], since: dt.date, folder: Path) -> Learned:
    known = len(past.between(None, _midnight(since)))
    least = max(policy.drift.min_questions for policy in policies)
    test = int(known * past.settings.split.test_share)
    if test < least:
        raise UsageError(
            f"{known} questions before --from {since} leave some {test} to test on, fewer than "
            f"drift.min_questions={least}; begin later."
        )
    return learn(past, until=_midnight(since), folder=folder)


def _watch_on(
    scene: Scene, since: dt.datetime, looks: Sequence[dt.datetime], advance: Callable[[int], None]
) -> tuple[list[Look], _Learned]:
    """Do all looks, or take those that are kept; return them and the models that came of them."""
    results, done = Results(scene.folder / "looks"), list[Look]()
    learned = _Learned(scene)
    key = first_key(f"{scene.past.key} {since}", scene.policy)
    for before, moment in zip([since, *looks], looks, strict=False):
        key = next_key(key, moment)
        found = results.read(key)
        if found is None:
            found = look(scene, learned.watched(), since=before, moment=moment, before=done)
            results.write(key, found)
        done.append(found)
        if found.step.training and found.step.training.promoted:
            learned.replace(moment)
        advance(1)
    return done, learned


def _replay(scene: Scene, looks: Sequence[Look], gain: Estimate | None) -> Replay:
    steps = tuple(one.step for one in looks)
    return Replay(name=scene.policy.name, chosen=scene.policy.chosen(), steps=steps, gain=gain)


class _Learned:
    """The models of a replay, loaded or trained when they are needed."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.replaced: list[dt.datetime] = []
        self._watched: Watched | None = None

    def replace(self, moment: dt.datetime) -> None:
        """Let the model that is trained at a moment be the one in production."""
        self.replaced.append(moment)
        self._watched = None

    def watched(self) -> Watched:
        """Return the model in production."""
        if self._watched is None:
            model = self._scene.learn(self.replaced[-1]) if self.replaced else self._scene.fixed
            self._watched = watch(self._scene, model, len(self.replaced) + 1)
        return self._watched

    def gain(self, since: dt.datetime | None, until: dt.datetime) -> Estimate | None:
        """Return what the models in production brought within a time, against the first one; None without others."""
        if since is None or not self.replaced:
            return None
        past, fixed = self._scene.past, self._scene.fixed.model
        models = [fixed, *(self._scene.learn(moment).model for moment in self.replaced)]
        bounds = [since, *self.replaced, until]
        periods = [
            (model, past.between(*ends)["post_id"].to_numpy())
            for model, ends in zip(models, pairwise(bounds), strict=True)
        ]
        return measure(past, fixed, periods).get("gain")


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, dt.UTC)
