"""Listing the registered versions."""

from __future__ import annotations

import click
from rich.table import Table

from commands.tables import print_table
from stacks.versions import list_versions

SHOWN = {"micro_f1": "micro-F1", "jaccard": "Jaccard", "at_least_one_in_top_5": "hit@5", "coverage": "coverage"}


def print_versions(model_name: str) -> None:
    """Print version, stage, date, headline metrics and the reason of registration; a line says so where none is."""
    versions = list_versions(model_name)
    if not versions:
        click.echo(f"No version of {model_name} is registered; run `python run.py --pipeline training`.")
        return
    table = Table("version", "stage", "created (UTC)", *SHOWN.values(), "reason", title=f"Model {model_name}", box=None)
    for version in versions:
        metrics = [f"{version.metrics[name]:.3f}" if name in version.metrics else "" for name in SHOWN]
        created = f"{version.created:%Y-%m-%d %H:%M}"
        table.add_row(str(version.number), version.stage, created, *metrics, version.reason)
    print_table(table)
