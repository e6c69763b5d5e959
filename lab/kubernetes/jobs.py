"""Jobs: a pod at a time, and another one when it fails, as far as the job lets it."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from lab.kubernetes.errors import ApiError, invalid
from lab.kubernetes.kubelet import Kubelet
from lab.kubernetes.store import JOB, POD, Manifest, Store, now

SPEC_FIELDS = {"template", "backoffLimit", "podFailurePolicy", "parallelism", "completions"}
DEFAULT_BACKOFF_LIMIT = 6
BACKOFF_SECONDS = 10.0
LONGEST_BASE = 58
"""Of a generated name, so that it stays a host name."""
ACTIONS = {"FailJob", "Ignore", "Count"}


class Jobs:
    """Runs jobs.

    Args:
        store: Where jobs are.
        kubelet: What runs their pods.
        backoff: Seconds before the second pod; doubled for each one after it.
    """

    def __init__(self, store: Store, kubelet: Kubelet, *, backoff: float = BACKOFF_SECONDS) -> None:
        self._store, self._kubelet, self._backoff = store, kubelet, backoff
        self._ignored: Counter[str] = Counter()
        kubelet.ended = self._ended

    def create(self, namespace: str, body: Manifest) -> Manifest:
        """Add a job and start its pod; raises ApiError where it could not be."""
        _require_known(body.get("spec") or {})
        self._kubelet.check(namespace, body["spec"]["template"].get("spec") or {})
        _fill_in(body["spec"])
        job = self._store.create(JOB, namespace, {**body, "status": {"startTime": now()}})
        return self._start_pod(job)

    def delete(self, namespace: str, name: str) -> Manifest:
        """End a job's pods, and take it out once they have ended."""
        job = self._store.change(JOB, namespace, name, lambda known: known["metadata"].update(deletionTimestamp=now()))
        for pod in self._pods(namespace, name):
            self._kubelet.delete(namespace, pod["metadata"]["name"], grace=None)
        threading.Thread(target=self._remove, args=(namespace, name), daemon=True).start()
        return job

    def _start_pod(self, job: Manifest) -> Manifest:
        about, template = job["metadata"], job["spec"]["template"]
        given = template.get("metadata") or {}
        names = {
            "job-name": about["name"],
            "batch.kubernetes.io/job-name": about["name"],
            "controller-uid": about["uid"],
        }
        owner = {"apiVersion": JOB.version, "kind": JOB.name, "name": about["name"], "uid": about["uid"],
                 "controller": True, "blockOwnerDeletion": True}  # fmt: skip
        metadata = {
            "name": f"{about['name'][: LONGEST_BASE - 1]}-{secrets.token_hex(3)[:5]}",
            "labels": {**(given.get("labels") or {}), **names},
            "annotations": given.get("annotations") or {},
            "ownerReferences": [owner],
        }
        started = self._write(job, active=1, ready=1)
        self._kubelet.create(about["namespace"], {"metadata": metadata, "spec": template["spec"]})
        return started

    def _ended(self, pod: Manifest) -> None:
        """Decide what comes after a pod's end."""
        about = pod["metadata"]
        try:
            job = self._store.read(JOB, about["namespace"], (about.get("labels") or {}).get("job-name", ""))
        except ApiError:
            return
        if "deletionTimestamp" in job["metadata"]:
            return
        code = int(pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"])
        if code == 0:
            condition = _condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods")
            self._write(job, active=0, ready=0, succeeded=1, completionTime=now(), conditions=[condition])
        else:
            self._failed(job, about["name"], code)

    def _failed(self, job: Manifest, pod: str, code: int) -> None:
        action = failure_action(job["spec"].get("podFailurePolicy") or {}, code)
        failed = int(job["status"].get("failed", 0)) + 1
        self._ignored[job["metadata"]["uid"]] += action == "Ignore"
        counted = failed - self._ignored[job["metadata"]["uid"]]
        self._write(job, active=0, ready=0, failed=failed)
        if action == "FailJob":
            told = f"Container of pod {pod} failed with exit code {code} matching FailJob rule"
            self._write(job, conditions=[_condition("Failed", "PodFailurePolicy", told)])
        elif counted > job["spec"]["backoffLimit"]:
            told = "Job has reached the specified backoff limit"
            self._write(job, conditions=[_condition("Failed", "BackoffLimitExceeded", told)])
        else:
            timer = threading.Timer(self._backoff * 2 ** (failed - 1), self._try_again, args=(job,))
            timer.daemon = True
            timer.start()

    def _try_again(self, job: Manifest) -> None:
        about = job["metadata"]
        known = self._store.read(JOB, about["namespace"], about["name"])
        if "deletionTimestamp" not in known["metadata"]:
            self._start_pod(known)

    def _pods(self, namespace: str, name: str) -> list[Manifest]:
        return self._store.list(POD, namespace, labels=f"job-name={name}")

    def _remove(self, namespace: str, name: str) -> None:
        done = threading.Event()
        while self._pods(namespace, name):
            done.wait(0.1)
        self._store.remove(JOB, namespace, name)

    def _write(self, job: Manifest, **status: object) -> Manifest:
        about = job["metadata"]
        change: Callable[[Manifest], None] = lambda known: known["status"].update(status)  # noqa: E731
        return self._store.change(JOB, about["namespace"], about["name"], change)


def failure_action(policy: Mapping[str, Any], code: int) -> str:
    """Return what a pod failure policy does about an exit code; its first rule that fits decides.

    Rules on conditions of the pod never fit: the stand-in disrupts no pods.

    >>> rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}
    >>> failure_action({"rules": [rule]}, 42), failure_action({"rules": [rule]}, 1)
    ('FailJob', 'Count')
    """
    for rule in policy.get("rules") or []:
        codes = rule.get("onExitCodes")
        if codes and (code in codes["values"]) is (codes["operator"] == "In"):
            return str(rule["action"])
    return "Count"


def _condition(kind: str, reason: str, message: str) -> dict[str, str]:
    return {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now()}


def _fill_in(spec: Manifest) -> None:
    """Fill in what a cluster does, and its clients count on."""
    if spec.get("backoffLimit") is None:
        spec["backoffLimit"] = DEFAULT_BACKOFF_LIMIT
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or []:
        for condition in rule.get("onPodConditions") or []:
            condition.setdefault("status", "True")


def _require_known(spec: Manifest) -> None:
    given = {name: value for name, value in spec.items() if value not in (None, [], {})}
    if strange := sorted(given.keys() - SPEC_FIELDS):
        raise invalid(f"spec.{strange[0]}: not known to the lab's stand-in for Kubernetes")
    if "template" not in given:
        raise invalid("spec.template is required")
    if any(given.get(name, 1) != 1 for name in ("parallelism", "completions")):
        raise invalid("spec.parallelism: the lab's stand-in for Kubernetes runs a pod a job")
    for rule in (given.get("podFailurePolicy") or {}).get("rules") or []:
        if rule["action"] not in ACTIONS:
            raise invalid(f"spec.podFailurePolicy: the action {rule['action']} is not known to the lab's stand-in")
