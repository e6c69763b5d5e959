"""Suggesting tags with a registered model."""

from __future__ import annotations

from pathlib import Path

import click
from zenml.models import ModelVersionResponse

from stacks.activation import use_stack
from stacks.versions import find_version, load_tag_model
from steps.progress import progress_bar
from tagstack import suggestion_file
from tagstack.config import Settings
from tagstack.suggestion import Suggester, make_suggester


def suggest_one(settings: Settings, title: str, body: str, *, stack: str | None, which: str | None, top: int) -> None:
    """Print the ranked tags of one question; an asterisk marks those above their threshold."""
    suggester, version = _load(settings, stack=stack, which=which)
    [found] = suggester.suggest([title], [body], top=top)
    click.echo(f"Model version {version.number} ({version.stage or 'no stage'}); * = suggested", err=True)
    for tag, score in zip(found.top, found.scores, strict=True):
        click.echo(f"{'*' if tag in found.suggested else ' '} {score:.3f}  {tag}")


def suggest_file(
    settings: Settings, source: Path, target: Path, *, stack: str | None, which: str | None, top: int
) -> None:
    """Write suggestions for a file of questions."""
    suggester, version = _load(settings, stack=stack, which=which)
    with progress_bar("suggest", None) as advance:
        count = suggestion_file.suggest_file(suggester, source, target, top=top, progress=advance)
    click.echo(f"{count:,} questions, model version {version.number}: {target}", err=True)


def _load(settings: Settings, *, stack: str | None, which: str | None) -> tuple[Suggester, ModelVersionResponse]:
    use_stack(stack)
    version = find_version(settings.model_name, which)
    return make_suggester(load_tag_model(version)), version
