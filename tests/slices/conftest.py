"""A throw-away ZenML store with the `local` stack, and one trained model for all slices that need one."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SLICE = (
    "source.until=2024-03-01",
    "contract.max_bad_share=0.2",
    "labels.size=20",
    "labels.min_support=5",
    "model.dense.max_epochs=15",
    "evaluation.bootstrap_samples=50",
    "policy.floors.micro_f1=0.2",
    "policy.floors.jaccard=0.1",
    "policy.floors.at_least_one_in_top_5=0.5",
    "policy.floors.coverage=0.2",
    "policy.max_loss=0.2",
)
"""Two months of the sample: enough to learn something, little enough to encode in seconds."""


@pytest.fixture(scope="session")
def local_stack():
    """The stack `local`, registered in the throw-away store as a first run does it."""
    from zenml.utils import source_utils

    from stacks.activation import use_stack
    from tagstack.paths import PROJECT

    source_utils.set_custom_source_root(str(PROJECT))
    return use_stack("local")


@pytest.fixture(scope="session")
def train(local_stack) -> Callable[..., Any]:
    """Run the training pipeline on the slice, or on a database: `train("labels.size=9", database_url=url)`."""
    from zenml.client import Client

    from commands.launch import train as run_training
    from commands.passwords import with_source
    from tagstack.settings_file import load_settings

    def run(*assignments, database_url=None, cache=True):
        settings = load_settings(assignments=[*(() if database_url else SLICE), *assignments])
        run_training(with_source(settings, database_url), stack="local", cache=cache)
        return Client().list_pipeline_runs(pipeline="training", sort_by="desc:created", size=1).items[0]

    return run


@pytest.fixture(scope="session")
def first_run(train):
    """The one expensive run: it makes the sample and the encoder and registers version 1 of `tagstack`."""
    return train()


@pytest.fixture
def make_posts(tmp_path) -> Callable[..., str]:
    """Write rows, by column, the rest filled in, into the `Posts` table of a new SQLite file; return its URL."""
    from tagstack.questions.schema import METADATA

    def make(rows, *, name="posts.db"):
        import sqlalchemy as sa

        url = f"sqlite:///{tmp_path / name}"
        engine = sa.create_engine(url)
        METADATA.create_all(engine)
        engine.dispose()
        usual = {"PostTypeId": 1, "CreationDate": "2024-01-05T10:00:00.000", "Title": "A title", "Body": "<p>Words</p>"}
        connection = sqlite3.connect(tmp_path / name)
        with connection:
            for number, row in enumerate(rows, start=1):
                values = {"Id": number, **usual, "Tags": "<c#>", **row}
                marks = ", ".join("?" * len(values))
                connection.execute(f"INSERT INTO Posts ({', '.join(values)}) VALUES ({marks})", list(values.values()))
        connection.close()
        return url

    return make


@pytest.fixture(autouse=True)
def _quiet():
    logging.getLogger("zenml").setLevel(logging.CRITICAL)


@pytest.fixture(scope="session")
def home() -> Path:
    """The throw-away TAGSTACK_HOME."""
    from tagstack import paths

    return paths.home()


@pytest.fixture
def door(local_stack, monkeypatch) -> Callable[..., Any]:
    """Run `run.py` in this process: `door("models")`; logging and the environment stay as they were."""
    import os

    from click.testing import CliRunner

    from run import cli

    for name in ("tagstack", "stacks", "steps"):
        logger = logging.getLogger(name)
        for attribute in ("handlers", "propagate", "level"):
            monkeypatch.setattr(logger, attribute, getattr(logger, attribute))
    before = dict(os.environ)
    yield lambda *args: CliRunner().invoke(cli, [str(arg) for arg in args], prog_name="run.py")
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def refused(door) -> Callable[..., str]:
    """Run `run.py` and show that it ends in one line of error, without traceback or password; return that line."""

    def run(*args, code):
        result = door(*args)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == code, result.output
        errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, result.output
        assert result.stderr.endswith(errors[0] + "\n")
        assert "Traceback" not in result.output
        assert "hunter2" not in result.output
        return errors[0]

    return run
