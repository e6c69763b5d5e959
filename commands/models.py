"""Listing the registered versions."""

from __future__ import annotations

import click
from rich.table import Table

from commands.tables import print_table
from stacks import mlflow_registry
from stacks.activation import use_stack
from stacks.standing import read_standing, retire
from stacks.versions import list_versions
from tagstack.config import Settings
from tagstack.errors import NoStoreError, UsageError
from tagstack.store import ledger
from tagstack.store.database import open_store

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


def print_history(settings: Settings) -> None:
    """Print the ledger: every promotion and rollback, the newest first; raises StoreError where it cannot be read."""
    try:
        with open_store(settings.store.url, create=False) as store:
            rows = ledger.history(store, settings.model_name)
    except NoStoreError:
        rows = []
    if not rows:
        click.echo(f"No version of {settings.model_name} was ever deployed; run `python run.py --pipeline deployment`.")
        return
    head = ("when (UTC)", "what", "from", "to", "ended", "who", *SHOWN.values(), "why")
    table = Table(*head, title=f"Promotions of {settings.model_name}", box=None)
    for row in rows:
        metrics = [f"{row.metrics[name]:.3f}" if name in row.metrics else "" for name in SHOWN]
        old = "" if row.from_version is None else str(row.from_version)
        why = f"{row.reason} {row.note}".strip()
        table.add_row(
            f"{row.started_at:%Y-%m-%d %H:%M}", row.kind, old, str(row.to_version), row.status, row.who, *metrics, why
        )
    print_table(table)


def print_tracking_uri(*, stack: str | None) -> None:
    """Print the address of the stack's MLflow, for MLflow's own commands."""
    use_stack(stack)
    click.echo(mlflow_registry.tracking_uri())


def archive(settings: Settings, number: int, *, stack: str | None) -> None:
    """Take a version that nobody shall use any more out of its stage and away from MLflow's aliases.

    Raises:
        UsageError: There is no such version, or the service serves it.
    """
    use_stack(stack)
    name = settings.model_name
    if number not in {version.number for version in list_versions(name)}:
        raise UsageError(f"Model {name!r} has no version {number}; `python run.py models` lists them.")
    with open_store(settings.store.url) as store:
        if read_standing(name, store).target == number:
            raise UsageError(f"Version {number} is served; bring another into production first, or roll back.")
    retire(name, number)
    click.echo(f"Version {number} is archived.")
