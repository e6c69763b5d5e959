"""Commands about what goes on in production over time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands import options


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8238, show_default=True)
@click.pass_obj
def monitor(obj: dict[str, Any], port: int) -> None:
    """Bring Evidently's dashboard up on the drift runs; it runs until Ctrl-C."""
    from commands.monitor import monitor as serve_monitor

    serve_monitor(obj["settings"], stack=obj["stack"], port=port)


@click.command()
@click.option("--cron", required=True, metavar="EXPRESSION", help="When, as '0 6 * * *'.")
@click.option("--pipeline", type=click.Choice(["drift", "training", "deployment"]), default="drift", show_default=True)
@click.option("--on-drift", type=click.Choice(["report", "alert", "retrain"]), help="drift: as of --pipeline drift.")
@click.option(
    "--format", "form", type=click.Choice(["all", "cron", "systemd", "github"]), default="all", show_default=True
)
@click.pass_context
def schedule(ctx: click.Context, cron: str, pipeline: str, on_drift: str | None, form: str) -> None:
    """Print ready units for cron, systemd and GitHub Actions; let the stack do it where it can."""
    if on_drift and pipeline != "drift":
        raise click.UsageError("--on-drift belongs to --pipeline drift.")
    from commands.schedule import print_schedule

    chosen = [*options.as_given(ctx.find_root().params), *(("--on-drift", on_drift) if on_drift else ())]
    print_schedule(cron, pipeline=pipeline, form=form, options=chosen, **ctx.obj)


@click.command()
@click.option("--from", "since", type=options.DAY, required=True, help="Train on what was known on this day.")
@click.option("--to", "until", type=options.DAY, required=True, help="Watch until this day.")
@click.option("--every", type=options.DAYS, default="7d", show_default=True, help="Days between two looks.")
@click.option("--policy", "policies", type=options.FILE, multiple=True, help="YAML of thresholds; repeatable.")
@click.option("--change", "changes", type=options.DAY, multiple=True, help="When something did change; repeatable.")
@click.option("--database-url", metavar="URL", help="SQLAlchemy URL of the questions' database.")
@click.option("--output", type=options.NEW_FILE, default=Path("backtest.html"), show_default=True)
@click.pass_obj
def backtest(
    obj: dict[str, Any],
    since: datetime,
    until: datetime,
    changes: tuple[datetime, ...],
    **given: Any,  # noqa: ANN401 - the other options, as click read them
) -> None:
    """Replay history: train, watch, train again by the rule, and chart what it would have brought."""
    from commands.backtest import backtest as replay

    days = [change.date() for change in changes]
    replay(**obj, since=since.date(), until=until.date(), changes=days, **given)
