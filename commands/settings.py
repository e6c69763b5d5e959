"""Listing the settings tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from rich.table import Table

from commands.tables import print_table
from tagstack.config import Settings
from tagstack.questions.database import check_url


def print_settings(settings: Settings) -> None:
    """Print every key with the value in effect and what it means."""
    table = Table("key", "value", "meaning", title="Settings (YAML file with --config, single keys with --set)")
    for key, value, meaning in _rows(settings):
        table.add_row(key, str(value), meaning)
    print_table(table)


def _rows(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield f"{prefix}{name}", "", (type(value).__doc__ or "").strip()
            yield from _rows(value, f"{prefix}{name}.")
        else:
            shown = check_url(value)[0] if name == "database_url" and value else value  # never with its password
            yield f"{prefix}{name}", shown, field.description or ""
