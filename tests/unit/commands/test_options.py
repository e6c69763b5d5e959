"""Options that several commands share."""

import datetime as dt

import click
import pytest

from commands.options import DAYS, TAKEN_BY, as_assignments, of_pipelines, taken_by, window


@pytest.mark.parametrize("pipeline", ["training", "deployment", "drift"])
def test_a_pipeline_takes_its_own_options_only(pipeline):
    given = dict.fromkeys(TAKEN_BY)
    taken = taken_by(pipeline, given)
    assert set(taken) == {name for name in TAKEN_BY if pipeline in TAKEN_BY[name]}


def test_an_option_of_another_pipeline_is_refused():
    assert taken_by("deployment", {"candidate": "3", "dry_run": True}) == {"candidate": "3", "dry_run": True}
    with pytest.raises(click.UsageError, match=r"^--dry-run belongs to --pipeline deployment\.$"):
        taken_by("training", {"candidate": None, "dry_run": True})


def test_every_option_that_not_all_pipelines_take_names_its_takers():
    @click.command()
    @of_pipelines
    def command(**_): ...

    assert {option.name for option in command.params} == set(TAKEN_BY)


def test_options_declared_together_keep_their_order():
    @click.command()
    @window
    def command(**_): ...

    assert [option.name for option in command.params] == ["database_url", "since", "until"]


def test_a_window_becomes_settings():
    assert as_assignments(dt.datetime(2024, 1, 31), None) == ["source.since=2024-01-31"]
    assert as_assignments(None, None) == []


@pytest.mark.parametrize(("written", "days"), [("30d", 30), ("7", 7)])
def test_a_number_of_days_is_written_with_or_without_its_unit(written, days):
    assert DAYS.convert(written, None, None) == days


@pytest.mark.parametrize("written", ["", "d", "0d", "-3d", "3w", "1.5d", "30dd", "²d", "1000000d"])
def test_what_is_no_number_of_days_is_refused(written):
    with pytest.raises(click.BadParameter, match="is no number of days like 30d"):
        DAYS.convert(written, None, None)
