"""Starting a pipeline again and again: by the stack where it can, else by files for cron, systemd and GitHub."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

import click
from zenml.client import Client
from zenml.config.schedule import Schedule
from zenml.models import ScheduleResponse
from zenml.pipelines.pipeline_definition import Pipeline

from commands.passwords import with_source
from stacks.activation import use_stack
from stacks.observation import as_trained, find_champion
from tagstack import paths
from tagstack.config import Settings
from tagstack.cron import Cron, parse_cron
from tagstack.errors import UsageError
from tagstack.questions.database import PASSWORD_VARIABLE, check_url
from tagstack.store.database import PASSWORD_VARIABLE as STORE_PASSWORD
from tagstack.timetable import ENVIRONMENT, Job, crontab_line, github_workflow, systemd_units

FORMS = ("cron", "systemd", "github")
KEPT_VARIABLES = ("ZENML_CONFIG_PATH", "TAGSTACK_HOME")
"""Where things lie, and no secret: a job that cron starts would look elsewhere without them."""


def print_schedule(
    expression: str,
    *,
    settings: Settings,
    pipeline: str = "drift",
    stack: str | None = None,
    form: str = "all",
    options: Sequence[str] = (),
) -> None:
    """Have the stack run a pipeline at set times; where it cannot, print files that do.

    Args:
        expression: When, as a cron expression.
        settings: What a schedule of the stack runs with.
        pipeline: Which pipeline.
        stack: The stack; None is the active one.
        form: `all` asks the stack and prints all files where it cannot; `cron`, `systemd` or `github` prints that one.
        options: Further options of `run.py --pipeline`, as `("--on-drift", "retrain")`; files keep them, and a schedule
            of the stack takes `settings` instead.

    Raises:
        UsageError: The expression is none, an option holds a password, or the stack has such a schedule already.
    """
    cron = parse_cron(expression)
    _refuse_passwords(options)
    job = _job(cron, pipeline, stack, _from_project(options))
    if form == "all" and _scheduled_by_stack(cron, settings, pipeline, stack, options):
        return
    for chosen in FORMS if form == "all" else (form,):
        click.echo(_file(job, chosen))
    click.echo(f"Passwords belong in ~/{ENVIRONMENT}, lines NAME=value, mode 600.", err=True)


def _scheduled_by_stack(
    cron: Cron, settings: Settings, pipeline: str, stack: str | None, options: Sequence[str]
) -> bool:
    name = use_stack(stack).name
    orchestrator = Client().active_stack.orchestrator
    if not orchestrator.config.is_schedulable:
        reason = f"The {orchestrator.flavor} orchestrator of stack {name} starts nothing by itself"
    elif pipeline == "deployment" or "retrain" in options:
        what = "a deployment" if pipeline == "deployment" else "the training that follows from drift"
        reason = f"A schedule of stack {name} runs one pipeline, and {what} is more than that"
    else:
        url = dict(pairwise(options)).get("--database-url")
        made = _make_schedule(cron, with_source(settings, url), pipeline, name)
        click.echo(f"Stack {name} runs {pipeline} at {cron} (schedule {made.name} of ZenML).")
        return True
    click.echo(f"{reason}; one of these does.", err=True)
    return False


def _make_schedule(cron: Cron, settings: Settings, pipeline: str, stack: str) -> ScheduleResponse:
    name = f"tagstack-{pipeline}-{stack}"
    if found := Client().list_schedules(name=name).items:
        raise UsageError(
            f"There is a schedule {name} already ({found[0].cron_expression}); remove it with "
            f"`zenml pipeline schedule delete {name}` and from the orchestrator, then run this again."
        )
    table = cast("Pipeline", getattr(importlib.import_module(f"pipelines.{pipeline}"), pipeline))
    inputs: dict[str, object] = {}
    if pipeline == "drift":
        settings = as_trained(settings, find_champion(settings.model_name))
        inputs = {"as_of": None, "silent": False}
    table.with_options(schedule=Schedule(name=name, cron_expression=str(cron)))(settings, **inputs)
    return Client().get_schedule(name)


def _job(cron: Cron, pipeline: str, stack: str | None, options: Sequence[str]) -> Job:
    name = f"tagstack-{pipeline}"
    return Job(
        name=name,
        cron=cron,
        arguments=("--pipeline", pipeline, *(("--stack", stack) if stack else ()), *options),
        project=paths.PROJECT,
        python=Path(sys.executable),
        log=paths.data() / f"{name}.log",
        environment={kept: os.environ[kept] for kept in KEPT_VARIABLES if kept in os.environ},
    )


def _file(job: Job, form: str) -> str:
    match form:
        case "cron":
            return f"# crontab -e (times of this machine)\n{crontab_line(job)}\n"
        case "systemd":
            units = systemd_units(job)
            start = f"# then: systemctl --user daemon-reload && systemctl --user enable --now {job.name}.timer"
            shown = [f"# ~/.config/systemd/user/{name}\n{text}" for name, text in units.items()]
            return "\n".join([*shown, f"{start}\n"])
        case _:
            return f"# .github/workflows/{job.name}.yml (times in UTC)\n{github_workflow(job)}"


def _from_project(options: Sequence[str]) -> list[str]:
    """Name the file of settings from the project's folder, where jobs start."""
    words = list(options)
    for at, option in enumerate(words[:-1]):
        whole = Path(words[at + 1]).absolute()
        if option == "--config":
            inside = whole.is_relative_to(paths.PROJECT)
            words[at + 1] = str(whole.relative_to(paths.PROJECT) if inside else whole)
    return words


def _refuse_passwords(options: Sequence[str]) -> None:
    """Raise UsageError for an address with a password, as it would stand in the file."""
    for option in options:
        address = option.partition("=")[2] or option
        if "://" in address and check_url(address)[1]:
            variable = STORE_PASSWORD if option.startswith("store.") else PASSWORD_VARIABLE
            raise UsageError(
                f"A schedule holds no password: leave it out of the address and write {variable}=... into "
                f"~/{ENVIRONMENT}."
            )
