"""Options that several commands share, and which pipelines take the options that not all do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

Declared = TypeVar("Declared", bound=Callable[..., Any])
DAY = click.DateTime(["%Y-%m-%d"])


class Days(click.ParamType):
    """A number of days, as `30d` or `30`."""

    name = "days"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; fails for anything but a whole number of days from 1 on."""
        text = str(value).removesuffix("d")
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 100_000):
            self.fail(f"{value!r} is no number of days like 30d", param, ctx)
        return int(text)


DAYS = Days()
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)

TAKEN_BY = {
    "candidate": ("deployment",),
    "dry_run": ("deployment",),
    "as_of": ("drift",),
    "window": ("drift",),
    "on_drift": ("drift",),
    "shards": ("backfill",),
}
"""The pipelines that take an option, where not all do."""


def together(*options: Callable[[Declared], Declared]) -> Callable[[Declared], Declared]:
    """Make one decorator of several options; the help lists them in this order."""

    def declare(command: Declared) -> Declared:
        for option in reversed(options):
            command = option(command)
        return command

    return declare


window = together(
    click.option("--database-url", metavar="URL", help="SQLAlchemy URL of a database with a Posts table."),
    click.option("--since", type=DAY, help="First day of the window."),
    click.option("--until", type=DAY, help="Day after the last of the window."),
)
"""Which questions: `database_url`, `since` and `until`."""

written_to = click.option("--database-url", "url", required=True, metavar="URL", help="Where to write the Posts table.")

of_pipelines = together(
    click.option("--candidate", metavar="VERSION", help="deployment: the version (default: the one in staging)."),
    click.option("--dry-run", is_flag=True, help="deployment: judge only, change nothing."),
    click.option("--as-of", type=DAY, help="drift: look from this day, as if it were today."),
    click.option("--window", type=DAYS, help="drift: days of questions, as 30d (default: drift.window_days)."),
    click.option(
        "--on-drift",
        type=click.Choice(["report", "alert", "retrain"]),
        help="drift: report only, mail too (default), or mail and train.",
    ),
    click.option("--shards", type=int, help="backfill: parts that are encoded each on its own."),
)
"""The options of `TAKEN_BY`."""


def as_assignments(since: datetime | None, until: datetime | None) -> list[str]:
    """Write a window as settings, as `source.since=2024-01-31`."""
    return [f"source.{name}={day:%Y-%m-%d}" for name, day in (("since", since), ("until", until)) if day]


def as_given(root: Mapping[str, Any]) -> list[str]:
    """Write which settings were given to `run.py` itself, as on a command line.

    >>> as_given({"config": Path("a.yaml"), "assignments": ("labels.size=9",), "no_cache": False})
    ['--config', 'a.yaml', '--set', 'labels.size=9']
    """
    files = [("--config", str(root["config"]))] if root.get("config") else []
    urls = [("--database-url", str(root["database_url"]))] if root.get("database_url") else []
    settings = [("--set", assignment) for assignment in root.get("assignments", ())]
    return [part for pair in (*files, *urls, *settings) for part in pair]


def taken_by(pipeline: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Choose what a pipeline takes of the options of `TAKEN_BY`.

    Raises:
        UsageError: One is given that it does not take.
    """
    for name, value in given.items():
        if value not in {None, False} and pipeline not in TAKEN_BY[name]:
            option, takers = f"--{name.replace('_', '-')}", " or ".join(TAKEN_BY[name])
            raise click.UsageError(f"{option} belongs to --pipeline {takers}.")
    return {name: value for name, value in given.items() if pipeline in TAKEN_BY[name]}
