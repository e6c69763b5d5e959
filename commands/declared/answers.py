"""Commands that answer questions: once, or over HTTP until Ctrl-C."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands import options


@click.command()
@click.option("--title", help="Title of one question.")
@click.option("--body", help="Body of one question, HTML.")
@click.option("--input", "source", type=options.FILE, help="File of questions.")
@click.option("--output", "target", type=options.NEW_FILE, help="Parquet file to write.")
@click.option("--write-table", "table", metavar="NAME", help="Table to write, a row a question of a database.")
@click.option("--write-url", metavar="URL", help="SQLAlchemy URL of the table's database (default: the questions').")
@options.window
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

    settings = load_settings(given["config"], [*given["assignments"], *options.as_assignments(since, until)])
    named = {"stack": given["stack"], "which": which, "top": top}
    if table is not None:
        command.suggest_table(settings, table, database_url=url, write_url=write_url, **named)
    elif source and target:
        command.suggest_file(settings, source, target, **named)
    else:
        command.suggest_one(settings, title or "", body or "", **named)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--model", "which", metavar="VERSION", help="Stay with this version; by default production is followed.")
@click.option("--folder", type=options.FOLDER, help="Serve the model saved there.")
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
