"""Waiting for a run that its stack has only submitted, as Airflow's and the one over SSH."""

from __future__ import annotations

import time
from uuid import UUID

from zenml.client import Client
from zenml.models import PipelineRunResponse
from zenml.orchestrators.publish_utils import publish_failed_pipeline_run

FIRST_SECONDS, MOST_SECONDS = 0.5, 10.0
ASK_SECONDS = 60.0
"""How often the cloud itself is asked."""


def wait_finished(run_id: UUID) -> PipelineRunResponse:
    """Return a run when it has ended, well or not; at once where it has already.

    ZenML hears of a run from its steps only. One whose job never started, or was killed, would be waited for without
    end, so the orchestrator is asked as well.
    """
    client, pause, asked = Client(), FIRST_SECONDS, time.monotonic()
    while not (run := client.get_pipeline_run(run_id)).status.is_finished:
        if time.monotonic() - asked > ASK_SECONDS:
            asked = time.monotonic()
            if _has_failed(client, run):
                publish_failed_pipeline_run(run_id)
                continue
        time.sleep(pause)
        pause = min(pause * 1.5, MOST_SECONDS)
    return run


def _has_failed(client: Client, run: PipelineRunResponse) -> bool:
    """Say whether the orchestrator knows a run as failed; where it cannot be asked, it does not."""
    try:
        status, _ = client.active_stack.orchestrator.fetch_status(run)
    except Exception:  # noqa: BLE001 - each cloud's library has errors of its own, and the next time it may answer
        return False
    return status is not None and bool(status.is_failed)
