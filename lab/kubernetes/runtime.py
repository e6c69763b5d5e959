"""The containers of pods, on the lab's engine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException, NotFound
from requests import RequestException

from lab.kubernetes.manifests import Container

ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
LABEL = "tagstack.lab.pod"
NANO = 1_000_000_000
LONGEST_SECONDS = 7200
EngineError = (DockerException, RequestException)
"""What is raised where the engine refuses, or does not answer."""


@dataclass(frozen=True)
class Ended:
    """How a container ended: its exit code, and why as Kubernetes calls it."""

    code: int
    reason: str


class Runtime:
    """Starts, watches and removes containers; raises one of `EngineError` where the engine does not do it.

    Args:
        folder: Where the files of pods' accounts are kept.
        authority: PEM file of who signed the API's certificate.
    """

    def __init__(self, folder: Path, authority: Path) -> None:
        self._folder, self._authority = folder / "pods", authority
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o711)

    def pull(self, image: str) -> None:
        """Pull an image from its registry."""
        _client().images.pull(image)

    def start(self, pod: Mapping[str, Any], container: Container, *, environment: Mapping[str, str], token: str) -> str:
        """Start a pod's container and return its id."""
        about = pod["metadata"]
        files = self._write_account(about["uid"], token, about["namespace"])
        made = _client().containers.create(
            container.image, command=container.args, entrypoint=container.command, environment=dict(environment),
            hostname=about["name"], name=f"pod-{about['name']}", user=container.user, working_dir=container.folder,
            network_mode="host", labels={LABEL: about["uid"]}, mem_limit=container.memory,
            nano_cpus=container.cpus and int(container.cpus * NANO),
            volumes={str(files): {"bind": ACCOUNT_FOLDER, "mode": "ro"}},
        )  # fmt: skip
        made.start()
        return str(made.id)

    def wait(self, ident: str) -> Ended:
        """Wait until a container has ended."""
        container = _client(timeout=LONGEST_SECONDS).containers.get(ident)
        code = int(container.wait()["StatusCode"])
        container.reload()
        killed = container.attrs["State"].get("OOMKilled")
        return Ended(code, "OOMKilled" if killed else "Error" if code else "Completed")

    def logs(self, ident: str, tail: int | None) -> bytes:
        """Return what a container has said, the newest lines where `tail` says how many."""
        return bytes(_client().containers.get(ident).logs(tail="all" if tail is None else tail))

    def remove(self, ident: str, uid: str, *, grace: int) -> None:
        """End a container, asked first and then forced, and remove it with its pod's files."""
        try:
            container = _client(timeout=grace + 60).containers.get(ident)
            container.stop(timeout=grace)
            container.remove(force=True)
        except NotFound:
            pass  # removed on the engine itself
        shutil.rmtree(self._folder / uid, ignore_errors=True)

    def _write_account(self, uid: str, token: str, namespace: str) -> Path:
        folder = self._folder / uid
        folder.mkdir(mode=0o755)
        for name, text in (("token", token), ("ca.crt", self._authority.read_text()), ("namespace", namespace)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o444)
        return folder


def _client(timeout: float = 60) -> Any:
    """Return a client of a thread's own."""
    return docker.from_env(timeout=timeout)
