"""Reading the thresholds that are tried, and what is known to have changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from pydantic import ValidationError

from tagstack.backtest.report import Change, Policy
from tagstack.config import Settings
from tagstack.errors import ConfigError, UsageError
from tagstack.questions.database import open_connection, sql_errors
from tagstack.questions.generator.truth import FACTS
from tagstack.settings_file import load_settings

SECTIONS = ("drift", "retraining", "alerts")
"""What a policy may set."""


def read_policies(files: Sequence[Path], settings: Settings) -> tuple[Policy, ...]:
    """Read policies; without any the settings themselves are the one that is tried.

    Args:
        files: YAML files with some of the sections `drift`, `retraining` and `alerts`; each is named by its file.
        settings: Where a file says nothing.

    Raises:
        ConfigError: A file cannot be read, or holds a key or value that is impossible.
        UsageError: Two files have the same name.
    """
    if not files:
        return (_policy("settings", settings, settings),)
    names = [file.stem for file in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"Two policies are called {twice[0]!r}; give their files different names.")
    return tuple(_read(file, settings) for file in files)


def planted_changes(url: str) -> tuple[Change, ...]:
    """Return when a generated sample changes; nothing for any other database.

    Raises:
        SourceError: The database cannot be read.
    """
    failure = sql_errors("Cannot read what changes in the sample", "check the database")
    with failure, open_connection(url, read_only=True) as connection:
        if not sa.inspect(connection).has_table(FACTS.name):
            return ()
        starts = sa.select(FACTS.c.starts).where(FACTS.c.starts.is_not(None)).distinct().order_by(FACTS.c.starts)
        days = connection.scalars(starts).all()
    return tuple(Change(name="planted drift", starts=day) for day in days)


def _read(file: Path, settings: Settings) -> Policy:
    given = load_settings(file)
    if other := sorted(given.model_fields_set - {*SECTIONS}):
        raise ConfigError(f"{file} sets {other[0]}; a policy holds the sections {', '.join(SECTIONS)} only.")
    try:
        return _policy(file.stem, settings, given)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{file} and the settings together are impossible: {reason}.") from None


def _policy(name: str, settings: Settings, given: Settings) -> Policy:
    merged = []
    for section in SECTIONS:
        base, own = getattr(settings, section), getattr(given, section)
        chosen = {key: getattr(own, key) for key in own.model_fields_set}
        merged.append(type(base).model_validate({**dict(base), **chosen}))
    return Policy(name, *merged)
