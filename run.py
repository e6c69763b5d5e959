"""The one door to Tagstack. Nothing heavy is imported until a command needs it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import options
from commands.declared import COMMANDS
from commands.door import Door

if TYPE_CHECKING:
    from tagstack.config import Settings

PIPELINES = ("training", "deployment", "drift", "backfill")


@click.group(cls=Door, invoke_without_command=True, context_settings={"max_content_width": 100})
@click.option("--pipeline", type=click.Choice(PIPELINES), help="Run a pipeline.")
@click.option("--stack", metavar="NAME", help="The ZenML stack to run on (default: the active one, else local).")
@click.option("--config", type=options.NEW_FILE, help="YAML file of settings.")
@options.window
@click.option(
    "--set", "assignments", multiple=True, metavar="section.key=value", help="Override a setting; repeatable."
)
@options.of_pipelines
@click.option("--no-cache", is_flag=True, help="Run every step and read every question again.")
@click.option("--debug", is_flag=True, help="Show tracebacks and ZenML's own log.")
@click.pass_context
def cli(
    ctx: click.Context,
    pipeline: str | None,
    stack: str | None,
    config: Path | None,
    database_url: str | None,
    since: datetime | None,
    until: datetime | None,
    assignments: tuple[str, ...],
    no_cache: bool,
    debug: bool,  # noqa: ARG001 - read by Door
    **of_pipelines: object,
) -> None:
    """Tagstack suggests tags for Stack Overflow questions.

    python run.py --pipeline training reads questions from SQL, trains a model and registers it.
    """
    from tagstack.settings_file import load_settings

    settings = load_settings(config, [*assignments, *options.as_assignments(since, until)])
    if settings.store.url:
        from commands.passwords import with_store

        settings = with_store(settings)
    ctx.obj = {"settings": settings, "stack": stack}
    if pipeline:
        if ctx.invoked_subcommand:
            raise click.UsageError("Give either --pipeline or a command.")
        taken = {"stack": stack, "cache": not no_cache, **options.taken_by(pipeline, of_pipelines)}
        _run_pipeline(pipeline, settings, database_url, taken)
    elif not ctx.invoked_subcommand:
        click.echo(ctx.get_help())


for command in COMMANDS:
    cli.add_command(command)


def _run_pipeline(name: str, settings: Settings, database_url: str | None, taken: dict[str, Any]) -> None:
    from commands.passwords import with_source

    settings = with_source(settings, database_url)
    if name == "deployment":
        from commands.deployment import deploy

        deploy(settings, **taken)
    elif name == "drift":
        from commands.drift import watch

        watch(settings, **taken)
    elif name == "backfill":
        from commands.backfill import backfill

        backfill(settings, **taken)
    else:
        from commands.launch import train

        train(settings, **taken)


if __name__ == "__main__":
    cli()
