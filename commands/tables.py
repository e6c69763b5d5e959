"""Printing tables."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

WIDE = 160
"""Characters of a line where the output is a file or a pipe."""


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal, or wide enough to search in where there is none."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(table)
