"""The one door to Tagstack. Nothing heavy is imported until a command needs it."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tagstack.config import Settings

PIPELINES = ("training", "deployment")
QUIET = {
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_AUTO_OPEN_DASHBOARD": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "ZENML_CUSTOM_SOURCE_ROOT": str(Path(__file__).resolve().parent),  # not the folder of ZenML's own main module
}


class Door(click.Group):
    """Turns the errors a person can act on into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; 1 where the work failed, 2 where the call was wrong, 130 where it was interrupted."""
        from tagstack.errors import TagstackError

        _be_quiet(debug=bool(ctx.params.get("debug")))
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except (TagstackError, OSError) as error:
            if ctx.params.get("debug"):
                traceback.print_exc()
            click.echo(f"Error: {' '.join(str(error).split())}", err=True)
            ctx.exit(getattr(error, "exit_code", 1))
        except KeyboardInterrupt:
            click.echo("Interrupted. What is finished is kept; the same command goes on from there.", err=True)
            ctx.exit(130)
        except Exception as error:  # noqa: BLE001 - whatever it is, a person gets one line
            if ctx.params.get("debug"):
                traceback.print_exc()
            from tagstack.privacy import error_line

            reason = error_line(error)[:300].rstrip(" .:")
            click.echo(f"Error: {reason}; run again with --debug to see where it comes from.", err=True)
            ctx.exit(1)


@click.group(cls=Door, invoke_without_command=True, context_settings={"max_content_width": 100})
@click.option("--pipeline", type=click.Choice(PIPELINES), help="Run a pipeline.")
@click.option("--stack", metavar="NAME", help="The ZenML stack to run on (default: the active one, else local).")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="YAML file of settings.")
@click.option("--database-url", metavar="URL", help="SQLAlchemy URL of a database with a Posts table.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day of the window.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day after the last of the window.")
@click.option(
    "--set", "assignments", multiple=True, metavar="section.key=value", help="Override a setting; repeatable."
)
@click.option("--candidate", metavar="VERSION", help="deployment: the version (default: the one in staging).")
@click.option("--dry-run", is_flag=True, help="deployment: judge only, change nothing.")
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
    candidate: str | None,
    dry_run: bool,
    no_cache: bool,
    debug: bool,  # noqa: ARG001 - read by Door
) -> None:
    """Tagstack suggests tags for Stack Overflow questions.

    python run.py --pipeline training reads questions from SQL, trains a model and registers it.
    """
    from tagstack.settings_file import load_settings

    settings = load_settings(config, [*assignments, *_window(since, until)])
    if settings.store.url:
        from commands.passwords import with_store

        settings = with_store(settings)
    ctx.obj = {"settings": settings, "stack": stack}
    if pipeline:
        if ctx.invoked_subcommand:
            raise click.UsageError("Give either --pipeline or a command.")
        _run_pipeline(pipeline, settings, database_url, stack, candidate=candidate, dry_run=dry_run, cache=not no_cache)
    elif not ctx.invoked_subcommand:
        click.echo(ctx.get_help())


@cli.command()
@click.option("--title", help="Title of one question.")
@click.option("--body", help="Body of one question, HTML.")
@click.option(
    "--input", "source", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="File of questions."
)
@click.option("--output", "target", type=click.Path(path_type=Path, dir_okay=False), help="Parquet file to write.")
@click.option("--write-table", "table", metavar="NAME", help="Table to write, a row a question of a database.")
@click.option("--write-url", metavar="URL", help="SQLAlchemy URL of the table's database (default: the questions').")
@click.option("--database-url", metavar="URL", help="SQLAlchemy URL of the questions' database.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day of the window.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day after the last of the window.")
@click.option("--model", "which", metavar="VERSION", help="production, staging, latest or a number.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Ranked tags a question.")
@click.pass_context
def suggest(
    ctx: click.Context,
    title: str | None,
    body: str | None,
    source: Path | None,
    target: Path | None,
    table: str | None,
    write_url: str | None,
    database_url: str | None,
    since: datetime | None,
    until: datetime | None,
    which: str | None,
    top: int,
) -> None:
    """Suggest tags for one question, for a file of them, or for a window of a database."""
    given = ctx.find_root().params
    url, since, until = database_url or given["database_url"], since or given["since"], until or given["until"]
    single, file = title is not None or body is not None, source is not None or target is not None
    if single + file + (table is not None) != 1 or (source is None) != (target is None):
        raise click.UsageError("Give --title and/or --body, or --input and --output, or --write-table.")
    if table is None and (write_url or url or since or until):
        raise click.UsageError("--database-url, --since, --until and --write-url go with --write-table.")
    from commands import suggest as command
    from tagstack.settings_file import load_settings

    settings = load_settings(given["config"], [*given["assignments"], *_window(since, until)])
    options = {"stack": given["stack"], "which": which, "top": top}
    if table is not None:
        command.suggest_table(settings, table, database_url=url, write_url=write_url, **options)
    elif source and target:
        command.suggest_file(settings, source, target, **options)
    else:
        command.suggest_one(settings, title or "", body or "", **options)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--model", "which", metavar="VERSION", help="Stay with this version; by default production is followed.")
@click.option(
    "--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Serve the model saved there."
)
@click.pass_obj
def serve(obj: dict[str, Any], host: str, port: int, which: str | None, folder: Path | None) -> None:
    """Answer questions over HTTP, and the page, until Ctrl-C."""
    if folder and which:
        raise click.UsageError("Give either --model or --folder.")
    if folder:
        from commands.serve import serve_folder

        serve_folder(obj["settings"], folder, host=host, port=port)
    else:
        from commands.serve_registered import serve_registered

        serve_registered(obj["settings"], stack=obj["stack"], which=which, host=host, port=port)


@cli.command("settings")
@click.pass_obj
def show_settings(obj: dict[str, Any]) -> None:
    """List every setting with its value and meaning."""
    from commands.settings import print_settings

    print_settings(obj["settings"])


@cli.command()
@click.option("--history", is_flag=True, help="List every promotion and rollback instead.")
@click.option("--archive", "number", type=click.IntRange(1), metavar="VERSION", help="Retire a version.")
@click.option("--tracking-uri", is_flag=True, help="Print where MLflow keeps them, for its own commands.")
@click.pass_obj
def models(obj: dict[str, Any], history: bool, number: int | None, tracking_uri: bool) -> None:
    """List the registered versions."""
    from commands import models as command

    if tracking_uri:
        command.print_tracking_uri(stack=obj["stack"])
    elif number is not None:
        command.archive(obj["settings"], number, stack=obj["stack"])
    elif history:
        command.print_history(obj["settings"])
    else:
        command.print_versions(obj["settings"].model_name)


@cli.command()
@click.option("--to", type=click.IntRange(1), metavar="VERSION", help="Which version (default: the one before).")
@click.pass_obj
def rollback(obj: dict[str, Any], to: int | None) -> None:
    """Bring the version that was in production before back: registry, alias and service."""
    from commands.deployment import roll_back

    roll_back(obj["settings"], stack=obj["stack"], to=to)


@cli.command()
@click.option("--repair", is_flag=True, help="Put right what can be put right.")
@click.pass_obj
def doctor(obj: dict[str, Any], repair: bool) -> None:
    """Say whether registry, alias and service agree, and whether all that they need is there."""
    from commands.doctor import run_doctor

    run_doctor(obj["settings"], stack=obj["stack"], repair=repair)


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8237, show_default=True)
def dashboard(port: int) -> None:
    """Bring ZenML's dashboard up; it runs until Ctrl-C."""
    from commands.dashboard import serve_dashboard

    serve_dashboard(port)


@cli.command()
@click.option("--database-url", "url", required=True, metavar="URL", help="Where to write the Posts table.")
@click.option("--questions", type=click.IntRange(4000), default=6000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def sample(url: str, questions: int, seed: int) -> None:
    """Write generated questions to a database."""
    from steps.progress import progress_bar
    from tagstack.config import SampleSettings
    from tagstack.questions.sample import write_sample

    with progress_bar("sample", questions) as advance:
        summary = write_sample(url, SampleSettings(questions=questions, seed=seed), progress=advance)
    click.echo(str(summary))


@cli.command("import-dump")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--database-url", "url", required=True, metavar="URL", help="Where to write the Posts table.")
def import_dump(file: Path, url: str) -> None:
    """Import Posts.xml (or .xml.gz) of a Stack Exchange data dump."""
    from steps.progress import progress_bar
    from tagstack.questions.dump import import_posts

    with progress_bar("import", None) as advance:
        count = import_posts(file, url, progress=advance)
    click.echo(f"{count:,} posts written.")


def _window(since: datetime | None, until: datetime | None) -> list[str]:
    return [f"source.{name}={day:%Y-%m-%d}" for name, day in (("since", since), ("until", until)) if day]


def _run_pipeline(
    name: str,
    settings: Settings,
    database_url: str | None,
    stack: str | None,
    *,
    candidate: str | None,
    dry_run: bool,
    cache: bool,
) -> None:
    from commands.launch import train
    from commands.passwords import with_source

    settings = with_source(settings, database_url)
    if name == "deployment":
        from commands.deployment import deploy

        deploy(settings, stack=stack, candidate=candidate, dry_run=dry_run, cache=cache)
    elif candidate or dry_run:
        raise click.UsageError("--candidate and --dry-run belong to --pipeline deployment.")
    else:
        train(settings, stack=stack, cache=cache)


def _be_quiet(*, debug: bool) -> None:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ["ZENML_LOGGING_VERBOSITY"] = "INFO" if debug else "CRITICAL"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    for name in ("tagstack", "stacks", "steps"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG if debug else logging.INFO)
        logger.handlers = [handler]
        logger.propagate = False


if __name__ == "__main__":
    cli()
