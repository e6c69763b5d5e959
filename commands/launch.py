"""Starting a pipeline on a stack and telling a person how it ended."""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping
from typing import cast

import click
from docker.errors import ContainerError
from zenml.enums import StackComponentType
from zenml.exceptions import StepExecutionException
from zenml.models import PipelineRunResponse
from zenml.pipelines.pipeline_definition import Pipeline
from zenml.steps import BaseStep

from stacks.activation import use_stack
from stacks.failed_steps import container_error, step_error
from stacks.fitting import fit
from stacks.passwords import password_secrets
from stacks.standard_output import printing_to_stderr
from stacks.versions import EVALUATION_ARTIFACT
from stacks.waiting import wait_finished
from tagstack.config import Settings
from tagstack.errors import TagstackError, UsageError
from tagstack.policy import PromotionDecision
from tagstack.scorecard import AT_LEAST_ONE, Evaluation


def train(settings: Settings, *, stack: str | None, cache: bool) -> PipelineRunResponse:
    """Run the training pipeline and print what came out; arguments, result and errors as in `launch`."""
    run = launch("training", settings, stack=stack, cache=cache)
    evaluation = cast("Evaluation", run.steps["evaluate"].regular_outputs[EVALUATION_ARTIFACT].load())
    decision = cast("PromotionDecision", run.steps["decide"].regular_outputs["decision"].load())
    click.echo(_scores(evaluation))
    click.echo(decision.reason)
    click.echo(str(run.steps["register"].run_metadata["outcome"]))
    if decision.accepted:
        click.echo("Try it:  python run.py suggest --title 'Group rows by month' --body '<p>With pandas ...</p>'")
        click.echo("Deploy:  python run.py --pipeline deployment")
    return run


def launch(name: str, settings: Settings, *, stack: str | None, cache: bool, **inputs: object) -> PipelineRunResponse:
    """Run a pipeline to its end.

    Args:
        name: The pipeline; a module of `pipelines` with a function of the same name.
        settings: What it runs with.
        stack: The stack; None is the active one.
        cache: Whether earlier results may be used.
        inputs: The pipeline's other parameters.

    Raises:
        TagstackError: A step failed, with the step's own error.
    """
    chosen = use_stack(stack)
    if StackComponentType.EXPERIMENT_TRACKER not in chosen.components:
        raise UsageError(f"Stack {chosen.name!r} has no experiment tracker; choose one that has, as `--stack local`.")
    click.echo(f"Pipeline {name} on stack {chosen.name}.", err=True)
    module = importlib.import_module(f"pipelines.{name}")
    steps = [found for found, part in vars(module).items() if isinstance(part, BaseStep)]
    pipeline = fit(cast("Pipeline", getattr(module, name)), steps, settings, chosen)
    started = time.monotonic()
    run = _run(pipeline.with_options(enable_cache=cache, secrets=password_secrets()), settings, inputs)
    cached = sum(step.status == "cached" for step in run.steps.values())
    seconds = time.monotonic() - started
    click.echo(f"Finished in {seconds:.0f} s; {cached} of {len(run.steps)} steps came from the cache.", err=True)
    return run


def _run(pipeline: Pipeline, settings: Settings, inputs: Mapping[str, object]) -> PipelineRunResponse:
    """Run to the end; raise the error of the step that failed, wherever it ran."""
    try:
        with printing_to_stderr():
            run = cast("PipelineRunResponse | None", pipeline(settings, **inputs))
    except StepExecutionException as error:  # of a dynamic pipeline, around the error of the step
        raise (error.original_exception or error) from None
    except ContainerError as error:
        raise container_error(error) from None
    if run is None:
        raise TagstackError("The stack only scheduled the run; watch it in the dashboard.")
    run = wait_finished(run.id)
    if failed := step_error(run):
        raise failed
    if not run.status.is_successful:
        raise TagstackError(f"The run {run.name} ended as {run.status.value}; the dashboard shows why.")
    return run


def _scores(evaluation: Evaluation) -> str:
    """Lay out the headline metrics of the model and the baselines on the test questions."""
    cards = {"model": evaluation.model} | {card.name: card for card in evaluation.baselines}
    names = {"micro_f1": "micro-F1", "jaccard": "Jaccard", AT_LEAST_ONE: "hit@5", "coverage": "coverage"}
    first = f"{evaluation.model.questions:,} test questions"
    lines = [f"{first:<28}" + "".join(f"{name:>10}" for name in names.values())]
    for name, card in cards.items():
        headline = card.headline()
        lines.append(f"{name:<28}" + "".join(f"{headline[metric]:>10.3f}" for metric in names))
    return "\n".join(lines)
