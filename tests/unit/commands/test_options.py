"""Options that several commands share."""

import datetime as dt

import click
import pytest

from commands.options import TAKEN_BY, as_assignments, of_pipelines, taken_by, window


@pytest.mark.parametrize("pipeline", ["training", "deployment"])
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
