"""Suggesting tags with a registered model."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click
from zenml.models import ModelVersionResponse

from commands.passwords import require_own_password, with_source
from stacks.activation import use_stack
from stacks.versions import find_version, load_tag_model
from steps.progress import progress_bar
from tagstack import suggestion_file
from tagstack.config import Settings
from tagstack.errors import UsageError
from tagstack.model.tagmodel import TagModel
from tagstack.questions.reader import open_source, read_watermark
from tagstack.questions.sample import source_url
from tagstack.suggestion import make_suggester
from tagstack.suggestion_table import WRITE_PASSWORD_VARIABLE, define_table, open_table
from tagstack.suggestion_window import Outcome, suggest_window


def suggest_one(settings: Settings, title: str, body: str, *, stack: str | None, which: str | None, top: int) -> None:
    """Print the ranked tags of one question; an asterisk marks those above their threshold."""
    model, version = _find(settings, stack=stack, which=which)
    [found] = make_suggester(model).suggest([title], [body], top=top)
    click.echo(f"Model version {version.number} ({version.stage or 'no stage'}); * = suggested", err=True)
    for tag, score in zip(found.top, found.scores, strict=True):
        click.echo(f"{'*' if tag in found.suggested else ' '} {score:.3f}  {tag}")


def suggest_file(
    settings: Settings, source: Path, target: Path, *, stack: str | None, which: str | None, top: int
) -> None:
    """Write suggestions for a file of questions."""
    model, version = _find(settings, stack=stack, which=which)
    suggester = make_suggester(model)
    with progress_bar("suggest", None) as advance:
        count = suggestion_file.suggest_file(suggester, source, target, top=top, progress=advance)
    click.echo(f"{count:,} questions, model version {version.number}: {target}", err=True)


def suggest_table(
    settings: Settings,
    name: str,
    *,
    database_url: str | None,
    write_url: str | None,
    stack: str | None,
    which: str | None,
    top: int,
) -> None:
    """Write suggestions for a window of a database to a table, of the same database where no other is named."""
    settings, columns = with_source(settings, database_url), define_table(name)
    if not (write_url or settings.source.database_url):
        raise UsageError("The sample is not written to: name --database-url, or another database by --write-url.")
    url, password = source_url(settings.source), os.environ.get(WRITE_PASSWORD_VARIABLE) if write_url else None
    require_own_password(write_url, url, password)
    with open_source(url) as source:
        questions = read_watermark(source, settings.source).questions
        model, version = _find(settings, stack=stack, which=which)
        with (
            open_table(write_url or url, columns, password=password) as table,
            progress_bar("suggest", questions) as bar,
        ):
            suggester, started = make_suggester(model), time.monotonic()
            outcome = suggest_window(
                suggester, source, settings.source, table, version=version.number, top=top, progress=bar
            )
    click.echo(_summary(outcome, time.monotonic() - started, version.number, str(table)), err=True)


def _summary(outcome: Outcome, seconds: float, version: int, table: str) -> str:
    lost = f", {outcome.without_id:,} without an Id left out" if outcome.without_id else ""
    rate = sum(outcome) / max(seconds, 0.001)
    counts = f"{outcome.suggested:,} suggested, {outcome.up_to_date:,} were up to date{lost}"
    return f"{counts}; {rate:,.0f} a second; model version {version}: {table}"


def _find(settings: Settings, *, stack: str | None, which: str | None) -> tuple[TagModel, ModelVersionResponse]:
    use_stack(stack)
    version = find_version(settings.model_name, which)
    return load_tag_model(version), version
