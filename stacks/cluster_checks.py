"""Questions about a Kubernetes cluster: whether it answers, and whether a run may do there what it has to."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

import urllib3
from zenml.client import Client
from zenml.stack.stack_component import StackComponentConfig

from stacks.endpoints import SECONDS, require_address
from tagstack.errors import ServiceError

Answer = tuple[bool, str]
RIGHTS = (("batch", "jobs"), ("", "secrets"))
"""What a run creates in the cluster, by API group."""
ACCOUNT_RIGHTS = (("", "serviceaccounts"), ("rbac.authorization.k8s.io", "rolebindings"))
"""What it creates besides where no service account is given."""


def kubernetes(_client: Client, _stack: str, config: StackComponentConfig) -> Iterator[Answer]:
    """Ask for the context, the cluster, the namespace, and the rights of whoever starts a run."""
    try:
        from kubernetes import client as api  # noqa: PLC0415 - an extra
        from kubernetes import config as kubeconfig  # noqa: PLC0415
    except ImportError as error:
        yield False, f"not asked: {error}; install the extra above"
        return
    context = cast("Any", config).kubernetes_context
    try:
        cluster = kubeconfig.new_client_from_config(context=context)
        require_address(cluster.configuration.host)
    except kubeconfig.ConfigException as error:
        yield False, f"no context {context} ({str(error)[:100]}); `kubectl config get-contexts`, or set KUBE_CONTEXT"
        return
    except ServiceError as error:
        yield False, f"{error}; `kubectl --context {context} cluster-info`"
        return
    try:
        yield from _answers(cluster, config)
    except api.ApiException as error:
        yield (
            False,
            f"{cluster.configuration.host} refuses the user of context {context} ({error.status}); log in again",
        )
    except urllib3.exceptions.HTTPError as error:
        yield False, f"{cluster.configuration.host} does not answer as Kubernetes does ({type(error).__name__})"


def _answers(cluster: Any, config: StackComponentConfig) -> Iterator[Answer]:  # noqa: ANN401 - of an extra
    given = cast("Any", config)
    context, namespace = given.kubernetes_context, given.kubernetes_namespace
    if not _exists(cluster, namespace):
        advice = f"`kubectl --context {context} create namespace {namespace}`, or set KUBE_NAMESPACE"
        yield False, f"there is no namespace {namespace}; {advice}"
        return
    wanted = RIGHTS if given.service_account_name else (*RIGHTS, *ACCOUNT_RIGHTS)
    missing = [resource for group, resource in wanted if not _may_create(cluster, namespace, group, resource)]
    if missing:
        advice = (
            "have the cluster role admin bound to it there, or set KUBE_SERVICE_ACCOUNT to an account that is there"
        )
        yield False, f"the user of context {context} may not create {', '.join(missing)} in {namespace}; {advice}"
    else:
        yield True, f"{cluster.configuration.host} answers; jobs may be created in {namespace}"


def _exists(cluster: Any, namespace: str) -> bool:  # noqa: ANN401
    """Say whether there is a namespace; whoever may not ask is believed."""
    from kubernetes import client as api  # noqa: PLC0415

    try:
        api.CoreV1Api(cluster).read_namespace(namespace, _request_timeout=SECONDS)
    except api.ApiException as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        if error.status != HTTPStatus.FORBIDDEN:
            raise
    return True


def _may_create(cluster: Any, namespace: str, group: str, resource: str) -> bool:  # noqa: ANN401
    from kubernetes import client as api  # noqa: PLC0415

    what = {"namespace": namespace, "verb": "create", "group": group, "resource": resource}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": what},
    }
    made = api.AuthorizationV1Api(cluster).create_self_subject_access_review(review, _request_timeout=SECONDS)
    return bool(made.status.allowed)
