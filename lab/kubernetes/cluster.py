"""What is done with the objects of a namespace."""

from __future__ import annotations

from pathlib import Path

from lab.kubernetes.accounts import Accounts
from lab.kubernetes.errors import invalid
from lab.kubernetes.jobs import BACKOFF_SECONDS, Jobs
from lab.kubernetes.kubelet import Kubelet
from lab.kubernetes.runtime import Runtime
from lab.kubernetes.store import JOB, NAMESPACE, POD, SERVICE_ACCOUNT, Kind, Manifest, Store, merge


class Cluster:
    """All parts together.

    Args:
        administrator: The administrator's token.
        folder: Where files of pods are kept.
        authority: PEM file of who signed the API's certificate.
        api: Host and port of the API, for pods.
        backoff: Seconds before a job's second pod.
    """

    def __init__(
        self, *, administrator: str, folder: Path, authority: Path, api: tuple[str, int],
        backoff: float = BACKOFF_SECONDS,
    ) -> None:  # fmt: skip
        self.store = Store()
        self.accounts = Accounts(self.store, administrator)
        self.kubelet = Kubelet(self.store, self.accounts, Runtime(folder, authority), api)
        self.jobs = Jobs(self.store, self.kubelet, backoff=backoff)

    def create(self, kind: Kind, namespace: str, body: Manifest) -> Manifest:
        """Add an object, and begin what follows from it."""
        if kind is POD:
            return self.kubelet.create(namespace, body)
        if kind is JOB:
            return self.jobs.create(namespace, body)
        return self.store.create(kind, namespace, body)

    def create_namespace(self, body: Manifest) -> Manifest:
        """Add a namespace, and its service account `default`."""
        made = self.store.create(NAMESPACE, "", {**body, "status": {"phase": "Active"}})
        self.store.create(SERVICE_ACCOUNT, made["metadata"]["name"], {"metadata": {"name": "default"}})
        return made

    def patch(self, kind: Kind, namespace: str, name: str, body: Manifest) -> Manifest:
        """Change an object; raises ApiError for what a pod or a job is made of, which stays."""
        if kind in {POD, JOB} and (fixed := body.keys() & {"spec", "status"}):
            raise invalid(f"{fixed.pop()}: is not changed by the lab's stand-in for Kubernetes")
        return self.store.change(kind, namespace, name, lambda known: merge(known, body))

    def delete(self, kind: Kind, namespace: str, name: str, *, grace: int | None) -> Manifest:
        """Take an object out, and end what follows from it."""
        if kind is POD:
            return self.kubelet.delete(namespace, name, grace=grace)
        if kind is JOB:
            return self.jobs.delete(namespace, name)
        return self.store.remove(kind, namespace, name)
