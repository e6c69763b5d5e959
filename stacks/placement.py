"""Where a stack's steps run, and which of its components they could not reach there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zenml.enums import StackComponentType
from zenml.stack.stack_component import StackComponentConfig

from stacks.resolution import Resolved

NEEDED = (
    StackComponentType.ORCHESTRATOR,
    StackComponentType.ARTIFACT_STORE,
    StackComponentType.EXPERIMENT_TRACKER,
    StackComponentType.MODEL_REGISTRY,
)
"""Without these no pipeline of ours can run."""
_REACHED = frozenset({StackComponentType.ORCHESTRATOR, StackComponentType.IMAGE_BUILDER, StackComponentType.DEPLOYER})
"""Components that steps do not speak to."""


def containerised(resolved: Resolved) -> bool:
    """Say whether steps run in containers."""
    return _orchestrator(resolved) not in {None, "local"}


def runs_elsewhere(resolved: Resolved) -> bool:
    """Say whether steps run where this machine's disk is not."""
    part = resolved.parts.get(StackComponentType.ORCHESTRATOR)
    if part is None or part.flavor in {"local", "local_docker"}:
        return False
    return str(part.configuration.get("local", False)).lower() != "true"


def local_parts(
    resolved: Resolved, configs: Mapping[StackComponentType, StackComponentConfig]
) -> Iterator[tuple[StackComponentType, str]]:
    """Yield the components that lie on this machine, which steps elsewhere cannot reach, each with what is wrong."""
    if not containerised(resolved):
        return
    where = resolved.file.runs or "elsewhere"
    for kind, config in configs.items():
        if kind in _REACHED:
            continue
        lies = _lies_here(kind, config, mounted=not runs_elsewhere(resolved))
        if lies:
            yield kind, f"{lies}, but steps run {where}"


def _lies_here(kind: StackComponentType, config: StackComponentConfig, *, mounted: bool) -> str | None:
    """Say what of a component lies on this machine; ZenML mounts its own folder into containers of this machine."""
    given = config.model_dump()
    uri = str(given.get("tracking_uri") or "")
    if kind == StackComponentType.EXPERIMENT_TRACKER and "://" in uri and not uri.startswith("http"):
        return f"MLflow's store {uri.partition(':')[0]} is a file of this machine"
    if kind == StackComponentType.EXPERIMENT_TRACKER and not uri and not mounted:
        return "MLflow's store is a file of this machine"
    if kind == StackComponentType.ARTIFACT_STORE and "://" not in str(given.get("path") or "") and not mounted:
        return "artifacts lie on the disk of this machine"
    if kind == StackComponentType.DATA_VALIDATOR and config.is_local:
        return "its workspace is a folder of this machine"
    if kind == StackComponentType.ALERTER and "host" in given and not given["host"]:
        return "mail is written into a folder of this machine"
    return None


def _orchestrator(resolved: Resolved) -> str | None:
    part = resolved.parts.get(StackComponentType.ORCHESTRATOR)
    return part.flavor if part else None
