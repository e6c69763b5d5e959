"""How a run that failed is told: with the error of its step, wherever that ran."""

from __future__ import annotations

import itertools
import signal
from typing import cast

from docker.errors import ContainerError
from zenml.client import Client
from zenml.models import PipelineRunResponse

from stacks import outages
from tagstack import errors
from tagstack.errors import TagstackError


def step_error(run: PipelineRunResponse) -> TagstackError | None:
    """Return the error of a run's step that failed; None where none has said one."""
    for step in run.steps.values():
        if step.status.is_failed and step.exception_info:
            kind, reason = _kind(step.exception_info.source or ""), step.exception_info.message
            told = reason if kind else outages.explain(reason) or reason  # ours say already what to do
            return (kind or TagstackError)(f"Step {step.name} failed: {told}")
    return None


def container_error(ended: ContainerError) -> TagstackError:
    """Return the error of the step whose container ended so, on a stack whose engine is this machine's.

    What the container itself has said is a traceback; the step's error stands at its run.
    """
    options = dict(itertools.pairwise(map(str, ended.command)))
    runs = Client().list_pipeline_runs(snapshot_id=options["--snapshot_id"], sort_by="desc:created", size=1).items
    told = step_error(Client().get_pipeline_run(runs[0].id)) if runs else None
    return told or TagstackError(f"Step {options['--step_name']} failed: {_ending(ended.exit_status)}.")


def _ending(code: int) -> str:
    """Describe the exit code of a container whose step could say nothing.

    >>> _ending(137)
    'its container was ended by SIGKILL, as where memory runs out; the same command goes on from there'
    >>> _ending(3)
    'its container ended with exit code 3; its log says why'
    """
    if code - 128 in {one.value for one in signal.Signals}:
        name = signal.Signals(code - 128).name
        return f"its container was ended by {name}, as where memory runs out; the same command goes on from there"
    return f"its container ended with exit code {code}; its log says why"


def _kind(source: str) -> type[TagstackError] | None:
    """Return the error of ours that a step ended with; None where it is a library's."""
    return cast("type[TagstackError] | None", getattr(errors, source.rpartition(".")[2], None))
