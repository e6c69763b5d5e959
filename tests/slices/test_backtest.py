"""A backtest over the sample, with the vectors that the first training has left in the stack's cache."""

import datetime as dt

import pytest
from zenml.client import Client

from commands.backtest import backtest
from tagstack.errors import SourceError, StorageError, UsageError
from tagstack.questions.sample import source_url
from tagstack.settings_file import load_settings

DAYS = {"since": dt.date(2024, 2, 10), "until": dt.date(2024, 3, 1), "every": 7}
FEW = ("drift.min_questions=50", "drift.window_days=14", "model.head=logistic", "source.until=null")


@pytest.fixture
def replay(local_stack, monkeypatch, tmp_path, capsys):
    """Run a backtest: the page and what was printed."""
    from tests.slices.conftest import SLICE

    monkeypatch.setenv("ZENML_ACTIVE_STACK_ID", str(local_stack.id))

    def make(*assignments, **more):
        settings = load_settings(assignments=[*SLICE, *FEW, *assignments])
        page = tmp_path / "backtest.html"
        backtest(settings, **({**DAYS, "output": page, "stack": "local"} | more))
        return page.read_text(encoding="utf-8"), capsys.readouterr().out

    return make


def test_quiet_weeks_raise_no_alarm_and_nothing_is_registered(first_run, replay, tmp_path):
    before = Client().list_pipeline_runs().total, Client().list_model_versions("tagstack").total
    page, out = replay()
    said = out.splitlines()
    assert said[0].startswith("settings: 0 alarms in 2 looks, 0 mails, ")
    assert said[1] == f"Chart:  {tmp_path / 'backtest.html'}"
    assert "2024-02-10 to 2024-03-01, 2 looks, one every 7 days." in page
    assert (Client().list_pipeline_runs().total, Client().list_model_versions("tagstack").total) == before
    assert replay() == (page, out)


def test_policies_are_compared_in_one_chart(first_run, replay, tmp_path):
    for name, rate in (("calm", 0.01), ("alert", 0.05)):
        (tmp_path / f"{name}.yaml").write_text(f"drift: {{false_alarm_rate: {rate}}}")
    page, out = replay(policies=[tmp_path / "calm.yaml", tmp_path / "alert.yaml"])
    assert [line.partition(":")[0] for line in out.splitlines()] == ["calm", "alert", "Chart"]
    assert "drift.false_alarm_rate=0.01" in page


@pytest.mark.parametrize(
    ("more", "kind", "message"),
    [
        ({"since": dt.date(2024, 3, 1)}, UsageError, "--from 2024-03-01 must be before --to 2024-03-01."),
        ({"every": 30}, UsageError, "30 days after --from 2024-02-10 is later than --to 2024-03-01"),
        ({"database_url": "sqlite:///absent.db"}, SourceError, "absent.db does not exist"),
        ({"output": "absent/page.html"}, StorageError, "name another file with --output."),
    ],
)
def test_what_cannot_be_replayed_is_told_in_one_line(first_run, replay, tmp_path, monkeypatch, more, kind, message):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind) as error:
        replay(**{name: Path(value) if name == "output" else value for name, value in more.items()})
    assert message in str(error.value)


def test_a_database_without_questions_of_the_time_is_refused(first_run, replay):
    url = source_url(load_settings().source)
    days = {"since": dt.date(2010, 1, 1), "until": dt.date(2010, 6, 1)}
    with pytest.raises(SourceError, match="lies in the window"):
        replay(database_url=url, **days)
