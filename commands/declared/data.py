"""Commands that fill a database with questions."""

from __future__ import annotations

from pathlib import Path

import click

from commands import options


@click.command()
@options.written_to
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


@click.command("import-dump")
@click.argument("file", type=options.FILE)
@options.written_to
def import_dump(file: Path, url: str) -> None:
    """Import Posts.xml (or .xml.gz) of a Stack Exchange data dump."""
    from steps.progress import progress_bar
    from tagstack.questions.dump import import_posts

    with progress_bar("import", None) as advance:
        count = import_posts(file, url, progress=advance)
    click.echo(f"{count:,} posts written.")
