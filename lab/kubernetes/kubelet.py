"""Running pods: each has a thread that takes it from pending to its end and writes down what the engine says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from lab.kubernetes.accounts import Accounts
from lab.kubernetes.errors import ApiError
from lab.kubernetes.manifests import Container, read_pod
from lab.kubernetes.runtime import EngineError, Runtime
from lab.kubernetes.store import POD, Manifest, Store, now
from lab.kubernetes.variables import environment

START_ERROR, LOST = 128, 137
"""Exit codes that Kubernetes gives containers that could not be started, and that it has lost sight of."""
log = logging.getLogger(__name__)


class Kubelet:
    """Runs pods.

    Args:
        store: Where pods are.
        accounts: Whose token a pod gets.
        runtime: What runs containers.
        api: Host and port of the API, for pods.
    """

    def __init__(self, store: Store, accounts: Accounts, runtime: Runtime, api: tuple[str, int]) -> None:
        self._store, self._accounts, self._runtime, self._api = store, accounts, runtime, api
        self.ended: Callable[[Manifest], None] = lambda _pod: None

    def create(self, namespace: str, body: Manifest) -> Manifest:
        """Add a pod and begin to run it; raises ApiError where it could not be."""
        spec = body.get("spec") or {}
        container = self.check(namespace, spec)
        spec["serviceAccountName"] = _account(spec)
        waiting = _state(container, waiting={"reason": "ContainerCreating"})
        pod = self._store.create(POD, namespace, {**body, "status": {"phase": "Pending", **waiting}})
        threading.Thread(target=self._run, args=(pod, container), daemon=True).start()
        return pod

    def check(self, namespace: str, spec: Manifest) -> Container:
        """Read a pod's specification; raises ApiError where it is not known, or its account is missing."""
        container = read_pod(spec)
        self._accounts.token(namespace, _account(spec))
        return container

    def delete(self, namespace: str, name: str, *, grace: int | None) -> Manifest:
        """End a pod and take it out once it has ended."""
        pod = self._store.change(POD, namespace, name, _mark_deleted)
        threading.Thread(target=self._delete, args=(pod, grace), daemon=True).start()
        return pod

    def logs(self, namespace: str, name: str, *, tail: int | None) -> bytes:
        """Return what a pod has said; nothing while it is pending."""
        pod = self._store.read(POD, namespace, name)
        ident = _container_id(pod)
        return self._runtime.logs(ident, tail) if ident else b""

    def _run(self, pod: Manifest, container: Container) -> None:
        ident = self._start(pod, container)
        if ident is None:
            return
        started = now()
        running = _state(container, ident=ident, running={"startedAt": started})
        if not self._write(pod, {"phase": "Running", "startTime": started, **running}):
            self._runtime.remove(ident, pod["metadata"]["uid"], grace=0)  # it was deleted while its image was pulled
            return
        try:
            ended = self._runtime.wait(ident)
            code, reason = ended.code, ended.reason
        except EngineError as error:
            log.warning("Lost sight of pod %s, which may have been deleted: %s", pod["metadata"]["name"], error)
            code, reason = LOST, "ContainerStatusUnknown"
        self._finish(pod, container, ident=ident, started=started, code=code, reason=reason)

    def _start(self, pod: Manifest, container: Container) -> str | None:
        """Start its container; return None where that failed, which is written down."""
        namespace = pod["metadata"]["namespace"]
        try:
            given = environment(container, self._store, namespace)
            token = self._accounts.token(namespace, pod["spec"]["serviceAccountName"])
        except ApiError as error:
            self._wait_for_mending(pod, container, "CreateContainerConfigError", error)
            return None
        try:
            if container.pulled:
                self._runtime.pull(container.image)
        except EngineError as error:
            self._wait_for_mending(pod, container, "ErrImagePull", error)
            return None
        host, port = self._api
        given = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": str(port), **given}
        try:
            return self._runtime.start(pod, container, environment=given, token=token)
        except EngineError as error:
            self._finish(
                pod, container, ident="", started=now(), code=START_ERROR, reason="StartError", message=str(error)
            )
            return None

    def _wait_for_mending(self, pod: Manifest, container: Container, reason: str, error: Exception) -> None:
        """Leave a pod pending; it stays so, as nothing is tried again."""
        log.warning("Pod %s: %s: %s", pod["metadata"]["name"], reason, error)
        waiting = {"reason": reason, "message": str(error)[:500]}
        self._write(pod, {"phase": "Pending", **_state(container, waiting=waiting)})

    def _finish(
        self,
        pod: Manifest,
        container: Container,
        *,
        ident: str,
        started: str,
        code: int,
        reason: str,
        message: str = "",
    ) -> None:
        terminated = {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": now()}
        if message:
            terminated["message"] = message[:500]
        phase = "Failed" if code else "Succeeded"
        told = _state(container, ident=ident, terminated=terminated)
        if ended := self._write(pod, {"phase": phase, "startTime": started, **told}):
            self.ended(ended)

    def _write(self, pod: Manifest, status: Mapping[str, Any]) -> Manifest | None:
        """Write a pod's status down; None where the pod is gone."""
        about = pod["metadata"]
        try:
            return self._store.change(
                POD, about["namespace"], about["name"], lambda known: known.update(status=dict(status))
            )
        except ApiError:
            return None

    def _delete(self, pod: Manifest, grace: int | None) -> None:
        about, ident = pod["metadata"], _container_id(pod)
        seconds = read_pod(pod["spec"]).grace if grace is None else grace
        try:
            if ident:
                self._runtime.remove(ident, about["uid"], grace=seconds)
        finally:
            self._store.remove(POD, about["namespace"], about["name"])


def _state(container: Container, *, ident: str = "", **state: Mapping[str, Any]) -> Manifest:
    known = {
        "name": container.name, "image": container.image, "imageID": "", "ready": "running" in state,
        "restartCount": 0, "state": dict(state),
    }  # fmt: skip
    if ident:
        known["containerID"] = f"podman://{ident}"
    return {"containerStatuses": [known], "hostIP": "127.0.0.1", "podIP": "127.0.0.1"}


def _account(spec: Manifest) -> str:
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")


def _container_id(pod: Manifest) -> str:
    return str(pod["status"]["containerStatuses"][0].get("containerID", "")).removeprefix("podman://")


def _mark_deleted(pod: Manifest) -> None:
    pod["metadata"]["deletionTimestamp"] = now()
