"""Reading the specification of a pod; what the stand-in would not do is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubernetes.utils.quantity import parse_quantity

from lab.kubernetes.errors import invalid
from lab.kubernetes.store import Manifest

POD_FIELDS = {"containers", "restartPolicy", "terminationGracePeriodSeconds", "serviceAccountName", "serviceAccount",
              "securityContext"}  # fmt: skip
CONTAINER_FIELDS = {"name", "image", "imagePullPolicy", "command", "args", "env", "envFrom", "workingDir", "resources",
                    "securityContext"}  # fmt: skip
SECURITY_FIELDS = {"runAsUser", "runAsGroup"}
RESOURCE_FIELDS = {"requests", "limits"}
LIMITED = {"memory", "cpu"}
DEFAULT_GRACE_SECONDS = 30


@dataclass(frozen=True)
class Container:
    """The one container of a pod.

    Attributes:
        name: In the pod.
        image: Its image.
        pulled: Whether the image is pulled, also where it is there already, as a new node would; not with `Never`.
        command: In place of the image's entry point; None keeps that.
        args: In place of the image's command; None keeps that.
        folder: Working directory; None is the image's.
        user: `user:group`; None is the image's.
        memory: Limit in bytes; None is none.
        cpus: Limit in cores; None is none.
        grace: Seconds between being asked to end and being killed.
        manifest: As it was given.
    """

    name: str
    image: str
    pulled: bool = True
    command: list[str] | None = None
    args: list[str] | None = None
    folder: str | None = None
    user: str | None = None
    memory: int | None = None
    cpus: float | None = None
    grace: int = DEFAULT_GRACE_SECONDS
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_pod(spec: Manifest) -> Container:
    """Read a pod's specification.

    Raises:
        ApiError: Something is missing, or is not known to the stand-in.
    """
    require_known("spec", spec, POD_FIELDS)
    if len(spec.get("containers") or []) != 1:
        raise invalid("spec.containers: the lab's stand-in for Kubernetes runs exactly one container a pod")
    if spec.get("restartPolicy") != "Never":
        raise invalid("spec.restartPolicy: the lab's stand-in for Kubernetes knows Never only")
    one = spec["containers"][0]
    require_known("spec.containers[0]", one, CONTAINER_FIELDS)
    if "$(" in " ".join([*(one.get("command") or []), *(one.get("args") or [])]):
        raise invalid("spec.containers[0]: the lab's stand-in for Kubernetes puts no variables into commands")
    limits = _limits(one.get("resources") or {})
    return Container(
        name=_required(one, "name"),
        image=_required(one, "image"),
        pulled=one.get("imagePullPolicy") != "Never",
        command=one.get("command"),
        args=one.get("args"),
        folder=one.get("workingDir"),
        user=_user(spec, one),
        memory=int(limits["memory"]) if "memory" in limits else None,
        cpus=limits.get("cpu"),
        grace=spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE_SECONDS),
        manifest=one,
    )


def _user(spec: Manifest, container: Manifest) -> str | None:
    pod, own = spec.get("securityContext") or {}, container.get("securityContext") or {}
    require_known("spec.securityContext", pod, SECURITY_FIELDS)
    require_known("spec.containers[0].securityContext", own, SECURITY_FIELDS)
    wanted = {**pod, **{key: value for key, value in own.items() if value is not None}}
    if wanted.get("runAsUser") is None:
        return None
    return f"{wanted['runAsUser']}:{wanted.get('runAsGroup') or 0}"


def _limits(resources: Manifest) -> dict[str, float]:
    require_known("resources", resources, RESOURCE_FIELDS)
    limits = resources.get("limits") or {}
    require_known("resources.limits", limits, LIMITED)
    return {name: float(parse_quantity(value)) for name, value in limits.items()}


def _required(known: Mapping[str, Any], name: str) -> str:
    if not known.get(name):
        raise invalid(f"{name} is required")
    return str(known[name])


def require_known(place: str, given: Mapping[str, Any], known: set[str]) -> None:
    """Raise ApiError for what is set and not known; what is empty, false or null says nothing."""
    if strange := [
        name for name, value in given.items() if name not in known and value not in (None, "", False, [], {})
    ]:
        raise invalid(f"{place}.{strange[0]}: not known to the lab's stand-in for Kubernetes")
