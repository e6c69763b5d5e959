"""What the replicas of the service report, beside what they should serve."""

from __future__ import annotations

from collections.abc import Sequence

from tagstack.errors import ServiceError
from tagstack.store.rollout import Replica, Target


def all_serve(replicas: Sequence[Replica], target: Target) -> bool:
    """Say whether there are replicas and all serve the target; those that are ending do not count.

    Raises:
        ServiceError: One of them cannot serve it.
    """
    here = [replica for replica in replicas if replica.state != "draining"]
    for replica in here:
        if replica.state == "failed" and replica.revision == target.revision:
            raise ServiceError(f"A replica cannot serve version {target.version}: {replica.problem}")
    return bool(here) and all(
        replica.state == "ready" and (replica.version, replica.revision) == (target.version, target.revision)
        for replica in here
    )


def told(replicas: Sequence[Replica]) -> str:
    """Return what they report, for a message."""
    if not replicas:
        return "no replica has reported"
    return ", ".join(f"{replica.state} with version {replica.version}" for replica in replicas)
