"""The stack files that differ in the lab's copy of the code from those that are shipped, and in what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tagstack.paths import PROJECT


def write(code: Path) -> None:
    """Write stack `aws` anew and a stack `kubeflow`, before anything runs: a file written later changes every image."""
    _write(code, _aws())
    _write(code, _kubeflow())


def _aws() -> dict[str, Any]:
    """Return stack `aws` with the lab's registry in place of ECR, whose address leads to Amazon."""
    tree = _read("aws")
    tree["components"]["container_registry"] = {"flavor": "default", "configuration": {"uri": "${REGISTRY}"}}
    tree["variables"].pop("AWS_ACCOUNT")
    tree["variables"]["REGISTRY"] = "The lab's registry."
    return tree


def _kubeflow() -> dict[str, Any]:
    """Return a stack `kubeflow`: stack `gcp` with Kubeflow's orchestrator in place of Vertex'."""
    tree = _read("gcp")
    tree["name"] = "kubeflow"
    host = {"kubeflow_hostname": "https://kubeflow.example.org/pipeline"}
    tree["components"]["orchestrator"] = {"flavor": "kubeflow", "configuration": host}
    del tree["variables"]["VERTEX_SERVICE_ACCOUNT"]
    return tree


def _read(name: str) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load((PROJECT / "stacks" / f"{name}.yaml").read_text(encoding="utf-8"))
    return tree


def _write(code: Path, tree: dict[str, Any]) -> None:
    (code / "stacks" / f"{tree['name']}.yaml").write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
