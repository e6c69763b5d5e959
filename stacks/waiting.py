"""Waiting for a run that its stack has only submitted, as Airflow's and the one over SSH."""

from __future__ import annotations

import time
from uuid import UUID

from zenml.client import Client
from zenml.models import PipelineRunResponse

FIRST_SECONDS, MOST_SECONDS = 0.5, 10.0


def wait_finished(run_id: UUID) -> PipelineRunResponse:
    """Return a run when it has ended, well or not; at once where it has already."""
    client, pause = Client(), FIRST_SECONDS
    while not (run := client.get_pipeline_run(run_id)).status.is_finished:
        time.sleep(pause)
        pause = min(pause * 1.5, MOST_SECONDS)
    return run
