"""The variables of a container, with what secrets and config maps say."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from lab.kubernetes.errors import invalid
from lab.kubernetes.manifests import Container, require_known
from lab.kubernetes.store import CONFIG_MAP, SECRET, Manifest, Store


def environment(container: Container, store: Store, namespace: str) -> dict[str, str]:
    """Return a container's variables, with what secrets and config maps of its namespace say.

    Raises:
        ApiError: One of these is missing, or has no such key.
    """
    variables: dict[str, str] = {}
    for source in container.manifest.get("envFrom") or []:
        variables |= {f"{source.get('prefix') or ''}{key}": value for key, value in _all(source, store, namespace)}
    for one in container.manifest.get("env") or []:
        source = one.get("valueFrom")
        variables[one["name"]] = _one(source, store, namespace) if source else one.get("value") or ""
    return variables


def values(known: Manifest) -> dict[str, str]:
    """Return what a secret or a config map holds."""
    given = known.get("data") or {}
    if known["kind"] == CONFIG_MAP.name:
        return dict(given)
    decoded = {key: base64.b64decode(value or "").decode() for key, value in given.items()}
    return decoded | (known.get("stringData") or {})


def _one(source: Mapping[str, Any], store: Store, namespace: str) -> str:
    require_known("valueFrom", source, {"secretKeyRef", "configMapKeyRef"})
    kind, reference = (SECRET, source["secretKeyRef"]) if source.get("secretKeyRef") else (
        CONFIG_MAP, source["configMapKeyRef"]
    )  # fmt: skip
    held = values(store.read(kind, namespace, reference["name"]))
    if reference["key"] not in held:
        raise invalid(f"{kind.name} {reference['name']} has no key {reference['key']}")
    return held[reference["key"]]


def _all(source: Mapping[str, Any], store: Store, namespace: str) -> Iterator[tuple[str, str]]:
    require_known("envFrom", source, {"secretRef", "configMapRef", "prefix"})
    kind, reference = (SECRET, source["secretRef"]) if source.get("secretRef") else (CONFIG_MAP, source["configMapRef"])
    yield from values(store.read(kind, namespace, reference["name"])).items()
