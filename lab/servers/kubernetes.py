"""A stand-in for a Kubernetes API server, that starts real containers on the lab's engine; see `lab.kubernetes`."""

from __future__ import annotations

import base64
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import yaml

from lab.certificates import authority, make_certificate
from lab.place import HOST, Place
from lab.servers import engine
from lab.servers.server import Server, write_private

CONTEXT = "lab"
NAMESPACE = "zenml"
ADMIN = "kubernetes-admin"


def address(place: Place) -> str:
    """Return the address of the API."""
    return f"https://{HOST}:{place.ports['kubernetes']}"


def kubeconfig(place: Place) -> Path:
    """Return the file by which clients find the stand-in, as its administrator."""
    return place.of("kubernetes") / "kubeconfig"


def environment(place: Place) -> dict[str, str]:
    """Return the environment in which Kubernetes' client and our stack file use the stand-in and no cluster."""
    return {"KUBECONFIG": str(kubeconfig(place)), "KUBE_CONTEXT": CONTEXT, "KUBE_NAMESPACE": NAMESPACE}


def _prepare(place: Place) -> None:
    make_certificate(place)
    cluster = {
        "server": address(place),
        "certificate-authority-data": base64.b64encode(authority(place).read_bytes()).decode(),
    }
    known = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": {"token": place.secrets[ADMIN]}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT, "namespace": NAMESPACE}}],
    }
    write_private(kubeconfig(place), yaml.safe_dump(known))


def _command(place: Place) -> list[str]:
    certificates = place.of("certificates")
    return [sys.executable, "-m", "lab.kubernetes", "--port", str(place.ports["kubernetes"]),
            "--certificate", str(certificates / "server.pem"), "--authority", str(authority(place)),
            "--folder", str(place.of("kubernetes"))]  # fmt: skip


def _environment(place: Place) -> Mapping[str, str]:
    return {**engine.environment(place), "LAB_KUBERNETES_TOKEN": place.secrets[ADMIN]}


def client(place: Place) -> httpx.Client:
    """Return an HTTP client of the administrator."""
    trusted = ssl.create_default_context(cafile=authority(place))
    headers = {"Authorization": f"Bearer {place.secrets[ADMIN]}"}
    return httpx.Client(base_url=address(place), headers=headers, verify=trusted, timeout=10, trust_env=False)


def _is_ready(place: Place) -> bool:
    with client(place) as api:
        return api.get("/version").is_success


def _finish(place: Place) -> None:
    """Make the namespace, as whoever has a cluster does before the first run."""
    with client(place) as api:
        made = api.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}})
        if made.status_code != httpx.codes.CONFLICT:
            made.raise_for_status()


SERVER = Server(
    "kubernetes", _command, _is_ready, prepare=_prepare, finish=_finish, environment=_environment,
    after=("docker-api", "registry"),
)  # fmt: skip
