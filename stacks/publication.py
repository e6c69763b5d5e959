"""A drift run's figures go to the workspace of the stack's data validator."""

from __future__ import annotations

from zenml.client import Client

from stacks.evidently_validator import EvidentlyWorkspaceValidator
from tagstack.drift.described import part_of
from tagstack.drift.report import DriftReport
from tagstack.errors import TagstackError
from tagstack.table import Table


def publish(report: DriftReport, descriptors: Table, *, run_id: str) -> str:
    """Add a snapshot and return a line that says where it is, or why there is none.

    A workspace that cannot be reached does not fail the run: its report is stored already.

    Args:
        report: What was found.
        descriptors: Of both samples, as `tagstack.drift.described` makes them.
        run_id: Of the pipeline run; the same run is published once.
    """
    validator = Client().active_stack.data_validator
    if not isinstance(validator, EvidentlyWorkspaceValidator):
        return "Not published: the stack has no data validator of flavor tagstack-evidently."
    parts = [part_of(descriptors, part) for part in ("reference", "window")]
    try:
        published = validator.publish(report, *parts, run_id)
    except TagstackError as error:
        return f"Not published: {error}"
    return f"Published: {published.address}; see `python run.py monitor`."
