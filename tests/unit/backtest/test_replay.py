import datetime as dt

import pytest

from tagstack.backtest import replay as module
from tagstack.backtest.replay import moments, replay
from tagstack.backtest.report import BacktestReport, Change
from tagstack.errors import UsageError

SINCE, CHANGE, UNTIL = dt.date(2024, 4, 1), dt.date(2024, 7, 1), dt.date(2024, 10, 1)
CHANGES = (Change(name="polars", starts=CHANGE),)


@pytest.fixture
def run(past, tmp_path):
    """Replay: `run([policy()], until=...)`."""

    def make(policies, **more):
        usual = {"since": SINCE, "until": UNTIL, "every": 30, "folder": tmp_path / "kept", "changes": CHANGES}
        return replay(past, policies, **(usual | more))

    return make


@pytest.fixture(scope="module")
def whole(past, policy, tmp_path_factory):
    """The whole time under two policies, one of which never trains."""
    policies = [policy(), policy("never", min_new_labels=10_000)]
    days = {"since": SINCE, "until": UNTIL, "every": 30}
    return replay(past, policies, **days, folder=tmp_path_factory.mktemp("whole"), changes=CHANGES)


def test_a_change_is_noticed_and_a_training_brings_back_what_it_cost(whole):
    found = whole.replays[0]
    assert found.false_alarms(whole.changes) == 0
    assert 0 < found.delay(CHANGES[0]) <= 30
    assert "vocabulary" in found.alarms[0].kinds
    promoted = [step for step in found.trainings if step.training.promoted]
    assert promoted
    assert found.gain.low > 0.1
    assert all(step.gain.value == 0 and step.version == 1 for step in found.steps if step.as_of <= promoted[0].as_of)
    assert found.steps[-1].adaptive.low > found.steps[-1].fixed.high
    assert found.steps[-1].version > 1
    assert found.mails > 0


def test_policies_share_the_first_model_and_differ_in_what_they_do(whole):
    usual, never = whole.replays
    assert [step.fixed for step in usual.steps] == [step.fixed for step in never.steps]
    assert (never.trainings, never.gain) == ((), None)
    assert "blocked" in {step.decision for step in never.alarms}
    assert never.chosen == (
        "drift.window_days=21",
        "drift.min_questions=40",
        "retraining.min_new_labels=10000",
        "retraining.cooldown_days=7",
        "retraining.window_days=60",
    )


def test_an_interrupted_replay_goes_on_and_ends_as_one_that_was_not(run, policy, whole, monkeypatch):
    """The end of the days is another, so that nothing of a later time is seen by an earlier look, either."""
    until, done, looks = dt.date(2024, 9, 1), [], []

    def stop(count):
        done.append(count)
        if len(done) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([policy()], until=until, advance=stop)
    monkeypatch.setattr(module, "look", lambda *args, look=module.look, **more: looks.append(1) or look(*args, **more))
    for _ in range(2):
        assert run([policy()], until=until).replays[0].steps == whole.replays[0].steps[:5]
        assert len(looks) == 1


def test_a_look_that_is_damaged_is_done_again(run, policy, tmp_path):
    until = dt.date(2024, 5, 1)
    first = run([policy()], until=until)
    for file in (tmp_path / "kept" / "looks").iterdir():
        file.write_text("{")
    assert run([policy()], until=until) == first


def test_the_report_outlives_json(run, policy):
    report = run([policy()], until=dt.date(2024, 5, 1))
    assert BacktestReport.model_validate_json(report.model_dump_json()) == report
    assert report.changes == ()


def test_looks_come_at_equal_distances_and_not_after_the_end():
    found = moments(dt.date(2024, 1, 1), dt.date(2024, 1, 15), 7)
    assert [moment.date() for moment in found] == [dt.date(2024, 1, 8), dt.date(2024, 1, 15)]


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({"since": UNTIL, "until": SINCE}, "--from 2024-10-01 must be before --to 2024-04-01."),
        ({"since": SINCE, "until": SINCE}, "--from 2024-04-01 must be before --to 2024-04-01."),
        (
            {"every": 200},
            "200 days after --from 2024-04-01 is later than --to 2024-10-01; look more often with --every.",
        ),
        (
            {"since": dt.date(2024, 1, 20)},
            (
                "114 questions before --from 2024-01-20 leave some 17 to test on, fewer than drift.min_questions=40; "
                "begin later."
            ),
        ),
    ],
)
def test_impossible_days_are_refused(run, policy, days, message):
    with pytest.raises(UsageError) as error:
        run([policy()], **days)
    assert str(error.value) == message
