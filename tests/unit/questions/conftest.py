from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

COLUMNS = (
    "Id INTEGER PRIMARY KEY, PostTypeId INTEGER, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT, Score INTEGER"
)
MakeDatabase = Callable[..., str]


@pytest.fixture
def make_database(tmp_path: Path) -> MakeDatabase:
    """Write a `Posts` table into a new SQLite file and return its URL; rows are by column, the rest is filled in."""

    def make(rows: Iterable[dict[str, Any]] = (), *, columns: str = COLUMNS, name: str = "posts.db") -> str:
        file = tmp_path / name
        with sqlite3.connect(file) as connection:
            connection.execute(f"CREATE TABLE Posts ({columns})")
        add_posts(file, rows)
        return f"sqlite:///{file}"

    return make


def add_posts(file: Path, rows: Iterable[dict[str, Any]]) -> None:
    usual = {"PostTypeId": 1, "CreationDate": "2024-01-05T10:00:00.000", "Title": "A title", "Body": "<p>A body</p>"}
    usual |= {"Tags": "<python>"}
    connection = sqlite3.connect(file)
    with connection:
        for row in rows:
            values = usual | row
            names, marks = ", ".join(values), ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO Posts ({names}) VALUES ({marks})", list(values.values()))
    connection.close()


@pytest.fixture
def insert() -> Callable[[str, Iterable[dict[str, Any]]], None]:
    """Add rows to the database of a URL that `make_database` returned."""
    return lambda url, rows: add_posts(Path(url.removeprefix("sqlite:///")), rows)
