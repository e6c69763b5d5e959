"""A cluster is asked before a run goes there; what is asked of a real API is in tests/lab."""

import sys
from types import SimpleNamespace

from stacks.cluster_checks import kubernetes


def test_without_the_extra_the_cluster_is_not_asked(monkeypatch):
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    config = SimpleNamespace(kubernetes_context="cluster", kubernetes_namespace="zenml", service_account_name=None)
    [(is_well, told)] = kubernetes(None, "kubernetes", config)
    assert not is_well
    assert told.startswith("not asked: ")
    assert told.endswith("; install the extra above")
