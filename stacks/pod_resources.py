"""What a step asks of its machine, as a pod says it: on Kubernetes ZenML ignores its own resource settings."""

from __future__ import annotations

from zenml.config.resource_settings import ByteUnit, ResourceSettings

SETTINGS = "orchestrator.kubernetes"


def pod_settings(asked: ResourceSettings) -> dict[str, object]:
    """Return settings of a step whose pod requests cores and memory.

    >>> pod_settings(ResourceSettings(cpu_count=0.5, memory="4GiB"))
    {'pod_settings': {'resources': {'requests': {'cpu': '500m', 'memory': '4096Mi'}}}}
    """
    requests = {}
    if asked.cpu_count is not None:
        requests["cpu"] = f"{round(asked.cpu_count * 1000)}m"
    if memory := asked.get_memory(unit=ByteUnit.MIB):
        requests["memory"] = f"{round(memory)}Mi"
    return {"pod_settings": {"resources": {"requests": requests}}}
