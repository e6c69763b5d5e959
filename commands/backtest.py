"""Replaying months of history, so that thresholds are chosen by what they would have done."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

import click

from commands.passwords import with_source
from stacks.activation import use_stack
from stacks.shared_folder import shared_folder
from steps.progress import progress_bar
from tagstack import paths
from tagstack.backtest.past import read_past
from tagstack.backtest.policies import planted_changes, read_policies
from tagstack.backtest.replay import moments, replay
from tagstack.backtest.report import BacktestReport, Change, Replay
from tagstack.config import Settings
from tagstack.errors import StorageError
from tagstack.questions.reader import BlockCache
from tagstack.questions.sample import source_url
from tagstack.report.formats import plural
from tagstack.sources import source_files


def backtest(  # noqa: PLR0913 - what an administrator chooses
    settings: Settings,
    *,
    since: dt.date,
    until: dt.date,
    every: int,
    policies: Sequence[Path] = (),
    database_url: str | None = None,
    output: Path = Path("backtest.html"),
    stack: str | None = None,
    changes: Sequence[dt.date] = (),
) -> BacktestReport:
    """Replay history, print what each policy would have done, and write a page with the chart.

    Nothing is registered, and no pipeline runs. Vectors come from the stack's cache, and looks that are done are kept,
    so that the same command goes on where it was interrupted.

    Args:
        settings: How questions are read and models are trained; thresholds where no policy is given.
        since: Train on what was known on this day.
        until: Look until this day.
        every: Days between two looks.
        policies: YAML files of thresholds.
        database_url: The questions' database; None is the settings'.
        output: The page.
        stack: Whose caches are used; None is the active one's.
        changes: Days from which something is known to have changed; the generated sample tells its own.

    Raises:
        UsageError: The days are impossible, or too few questions lie before the first.
        SourceError: The database cannot be read.
        StorageError: The page or a result cannot be written.
    """
    looks = moments(since, until, every)
    tried = read_policies(policies, settings)
    _check_folder(output)
    settings = with_source(settings, database_url)
    url = source_url(settings.source)
    known = [Change(name="a known change", starts=day) for day in changes] or planted_changes(url)
    use_stack(stack)
    past = read_past(
        url,
        settings,
        until=until,
        vectors=shared_folder("vectors"),
        blocks=BlockCache(*shared_folder("questions")),
        code=_code(),
        bar=progress_bar,
    )
    with progress_bar("look", len(looks) * len(tried)) as advance:
        report = replay(
            past,
            tried,
            since=since,
            until=until,
            every=every,
            folder=paths.home() / "backtest",
            changes=known,
            advance=advance,
        )
    _write(output, report)
    for line in _lines(report):
        click.echo(line)
    click.echo(f"Chart:  {output.absolute()}")
    return report


def _lines(report: BacktestReport) -> list[str]:
    return [_line(report, replayed) for replayed in report.replays]


def _line(report: BacktestReport, replayed: Replay) -> str:
    looks = plural(len(replayed.steps), "look")
    told = [f"{plural(len(replayed.alarms), 'alarm')} in {looks}", plural(replayed.mails, "mail")]
    for change in report.changes:
        days = replayed.delay(change)
        told.append(f"the first {plural(days, 'day')} after {change.starts}" if days else f"none after {change.starts}")
    if report.changes:
        told.append(f"{replayed.false_alarms(report.changes)} false")
    told.append(plural(len(replayed.trainings), "training"))
    if replayed.gain:
        told.append(f"which gained {replayed.gain} of {report.metric} on all tags")
    return f"{replayed.name}: {', '.join(told)}."


def _write(output: Path, report: BacktestReport) -> None:
    from tagstack.report.backtest_page import render_backtest  # noqa: PLC0415 - brings matplotlib

    try:
        output.write_text(render_backtest(report), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"Cannot write {output}: {error.strerror}; name another file with --output.") from None


def _check_folder(output: Path) -> None:
    """Refuse a file that cannot be written before an hour is spent on what goes into it."""
    if not output.absolute().parent.is_dir():
        raise StorageError(f"There is no folder {output.absolute().parent}; name another file with --output.")


def _code() -> str:
    """Hash the code that a result follows from: one that was kept by other code does not count."""
    files = sorted(source_files(("tagstack.backtest.replay",)))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
