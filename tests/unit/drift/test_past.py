"""Estimates of earlier runs against what came true."""

import datetime as dt

from tagstack.bootstrap import Estimate
from tagstack.drift.history import DriftRun
from tagstack.drift.past import match_history
from tagstack.drift.report import MetricDrift


def estimate(value):
    return Estimate(value=value, low=value - 0.05, high=value + 0.05)


def run(day, estimated, realised, *, version=1):
    moment = dt.datetime(2024, 8, day, tzinfo=dt.UTC)
    values = [None if value is None else estimate(value) for value in (estimated, realised)]
    metric = MetricDrift(name="jaccard", kind="classic", trained=estimate(0.5), estimated=values[0], realised=values[1])
    return DriftRun(
        run_id=f"{day}-{version}-{estimated}",
        model_name="tagstack",
        version=version,
        as_of=moment,
        since=moment - dt.timedelta(days=7),
        until=moment,
        questions=100,
        labelled=100,
        metrics=(metric,),
    )


def test_runs_with_both_values_count():
    [past] = match_history([run(2, 0.5, 0.4), run(1, 0.5, 0.48), run(3, 0.5, None)], 1)
    assert (past.name, past.runs, past.covered) == ("jaccard", 2, 0.5)
    assert abs(past.mean_error - 0.06) < 1e-9


def test_runs_of_other_versions_do_not_count():
    assert match_history([run(1, 0.5, 0.4, version=2)], 1) == ()


def test_a_moment_that_was_looked_from_twice_counts_once_by_its_newest_run():
    [past] = match_history([run(1, 0.5, 0.5), run(1, 0.9, 0.5)], 1)
    assert (past.runs, past.mean_error) == (1, 0.0)
