"""The objects of the cluster, in memory."""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from lab.kubernetes.errors import ApiError, invalid, not_found
from lab.kubernetes.selectors import is_selected

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of objects: its name, its plural in paths, its group and version."""

    name: str
    plural: str
    version: str


NAMESPACE = Kind("Namespace", "namespaces", "v1")
SERVICE_ACCOUNT = Kind("ServiceAccount", "serviceaccounts", "v1")
SECRET = Kind("Secret", "secrets", "v1")
CONFIG_MAP = Kind("ConfigMap", "configmaps", "v1")
POD = Kind("Pod", "pods", "v1")
JOB = Kind("Job", "jobs", "batch/v1")
ROLE_BINDING = Kind("RoleBinding", "rolebindings", "rbac.authorization.k8s.io/v1")
KINDS = (SERVICE_ACCOUNT, SECRET, CONFIG_MAP, POD, JOB, ROLE_BINDING)
"""Those that live in a namespace."""


class Store:
    """Objects by kind, namespace and name; what goes in and comes out is a copy."""

    def __init__(self) -> None:
        self._known: dict[tuple[Kind, str, str], Manifest] = {}
        self._lock = threading.RLock()
        self._version = 0

    def create(self, kind: Kind, namespace: str, body: Manifest) -> Manifest:
        """Add an object.

        Raises:
            ApiError: There is one of its name, its namespace is missing, or it has no name.
        """
        with self._lock:
            made = copy.deepcopy(body)
            name = made.setdefault("metadata", {}).get("name")
            if not name:
                raise invalid(f"{kind.name}: metadata.name is required")
            if kind is not NAMESPACE:
                self.read(NAMESPACE, "", namespace)
                made["metadata"]["namespace"] = namespace
            if (kind, namespace, name) in self._known:
                raise ApiError(HTTPStatus.CONFLICT, f'{kind.plural} "{name}" already exists')
            made |= {"kind": kind.name, "apiVersion": kind.version}
            made["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": now()}
            return self._keep(kind, namespace, name, made)

    def read(self, kind: Kind, namespace: str, name: str) -> Manifest:
        """Return an object; raises ApiError where there is none."""
        with self._lock:
            if (kind, namespace, name) not in self._known:
                raise not_found(kind.plural, name)
            return copy.deepcopy(self._known[kind, namespace, name])

    def list(self, kind: Kind, namespace: str, *, labels: str = "", fields: str = "") -> list[Manifest]:
        """Return the objects that selectors ask for, oldest first."""
        with self._lock:
            there = [known for (its, where, _name), known in self._known.items() if (its, where) == (kind, namespace)]
            return [copy.deepcopy(known) for known in there if is_selected(known, labels=labels, fields=fields)]

    def change(self, kind: Kind, namespace: str, name: str, change: Callable[[Manifest], None]) -> Manifest:
        """Change an object in place of all others; raises ApiError where there is none."""
        with self._lock:
            changed = self.read(kind, namespace, name)
            change(changed)
            return self._keep(kind, namespace, name, changed)

    def remove(self, kind: Kind, namespace: str, name: str) -> Manifest:
        """Take an object out and return it; raises ApiError where there is none."""
        with self._lock:
            known = self.read(kind, namespace, name)
            del self._known[kind, namespace, name]
            return known

    def _keep(self, kind: Kind, namespace: str, name: str, manifest: Manifest) -> Manifest:
        self._version += 1
        manifest["metadata"]["resourceVersion"] = str(self._version)
        self._known[kind, namespace, name] = copy.deepcopy(manifest)
        return manifest


def merge(into: Manifest, patch: Manifest) -> None:
    """Apply a JSON merge patch (RFC 7396): null takes a key out.

    A strategic merge patch says the same as long as it has no lists; one with lists is refused.

    >>> known = {"a": 1, "b": {"c": 2, "d": 3}}
    >>> merge(known, {"b": {"c": None, "e": 4}})
    >>> known
    {'a': 1, 'b': {'d': 3, 'e': 4}}
    """
    for key, value in patch.items():
        if isinstance(value, list):
            raise invalid(f"{key}: the lab's stand-in for Kubernetes does not patch lists")
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def now() -> str:
    """Return the time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
