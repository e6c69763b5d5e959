import datetime as dt
import re

import pytest

from tagstack.backtest.report import BacktestReport, Change, Replay, Step, Training
from tagstack.bootstrap import Estimate
from tagstack.report.backtest_page import render_backtest

START = dt.datetime(2024, 9, 1, tzinfo=dt.UTC)
HOSTILE = "<script>alert(1)</script>$x^2$"


def around(value):
    return Estimate(value=value, low=value - 0.03, high=value + 0.03)


@pytest.fixture
def report():
    """Five looks, an alarm at the third, a training at the fourth."""

    def step(at, *, gain, severity="none", training=None, questions=200):
        measured = {"fixed": around(0.6), "adaptive": around(0.6 + gain), "gain": around(gain)} if questions else {}
        return Step(
            as_of=START + dt.timedelta(days=14 * (at + 1)),
            since=START + dt.timedelta(days=14 * at),
            questions=questions,
            **measured,
            version=1 + (gain > 0),
            window=400,
            enough_data=at > 0,
            kinds=("concept", "vocabulary") if severity != "none" else (),
            severity=severity,
            alarm=severity != "none",
            mailed="alert" if severity == "critical" else None,
            decision="retrain" if training else "none",
            reason="Train: concept drift." if training else "No training: no drift.",
            training=training,
        )

    def make(names=("usual",)):
        trained = Training(questions=4000, promoted=True, reason="Accepted: all 6 rules passed.")
        steps = (
            step(0, gain=0),
            step(1, gain=0, questions=0),
            step(2, gain=0, severity="warning"),
            step(3, gain=0, severity="critical", training=trained),
            step(4, gain=0.05),
        )
        replays = [Replay(name=name, chosen=("drift.min_auc=0.7",), steps=steps, gain=around(0.05)) for name in names]
        return BacktestReport(
            since=START.date(),
            until=dt.date(2024, 11, 15),
            every_days=14,
            metric="micro_f1",
            trained=around(0.65),
            questions=5800,
            known=4000,
            changes=(Change(name="planted drift", starts=dt.date(2024, 10, 1)),),
            replays=tuple(replays),
            confidence=0.95,
        )

    return make


def test_the_page_tells_the_story_in_words_and_in_a_picture(report):
    page = render_backtest(report())
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "2024-09-01 to 2024-11-15, 5 looks, one every 14 days." in text
    assert "Train: concept drift. Accepted: all 6 rules passed." in text
    assert "drift.min_auc=0.7" in text
    assert "usual: 2 alarms, 1 training, gain 0.050." in page
    assert "not enough data" in text
    assert "<svg" in page
    assert "<script" not in page


def test_the_delay_and_the_false_alarms_are_counted_from_the_change(report):
    found = report()
    assert found.replays[0].delay(found.changes[0]) == 12
    assert found.replays[0].false_alarms(found.changes) == 0
    assert found.replays[0].false_alarms(()) is None
    late = Change(name="late", starts=dt.date(2024, 11, 1))
    assert found.replays[0].delay(late) is None
    assert found.replays[0].false_alarms((late,)) == 2


def test_several_policies_stand_in_one_picture_and_hostile_names_stay_text(report):
    page = render_backtest(report((HOSTILE, "_hidden", *(f"p{n}" for n in range(9)))))
    assert "<script" not in page
    assert page.count("<svg") == 1
    assert "p8" in page


def test_nothing_was_measured_and_nothing_is_known(report):
    found = report()
    bare = [step.model_copy(update={"fixed": None, "adaptive": None, "gain": None}) for step in found.replays[0].steps]
    replays = (Replay(name="usual", steps=tuple(bare)),)
    page = render_backtest(found.model_copy(update={"replays": replays, "changes": ()}))
    assert "False alarms" not in page
    assert "<svg" in page
