"""Whether the replicas serve what they should, by what they report to a real store."""

import datetime as dt

import pytest

from stacks.replicas import all_serve, told
from tagstack.errors import ServiceError
from tagstack.store.columns import now
from tagstack.store.rollout import Replica, list_replicas, report_replica, set_target


@pytest.fixture
def report(store):
    moment = now()

    def one(name, state, *, version, revision, problem=None):
        what = {"id": name, "model_name": "tagstack", "address": "http://127.0.0.1:1", "seen_at": moment}
        what |= {"started_at": moment - dt.timedelta(hours=1), "state": state, "problem": problem}
        report_replica(store, Replica(version=version, revision=revision, **what))

    return one


@pytest.fixture
def serve(store):
    target = set_target(store, "tagstack", version=1, sha256="a" * 64)
    target = set_target(store, "tagstack", version=2, sha256="b" * 64)
    return lambda: all_serve(list_replicas(store, "tagstack"), target)


def test_all_replicas_must_have_changed_over(serve, report):
    assert not serve()
    report("a", "ready", version=2, revision=2)
    assert serve()
    report("b", "ready", version=1, revision=1)
    assert not serve()
    report("b", "draining", version=1, revision=1)
    assert serve()
    report("c", "starting", version=None, revision=None)
    assert not serve()


def test_the_same_version_of_an_earlier_target_does_not_count(serve, report):
    report("a", "ready", version=2, revision=1)
    assert not serve()


def test_a_replica_that_cannot_serve_the_target_ends_the_wait_with_its_reason(serve, report):
    report("a", "failed", version=1, revision=1, problem="an earlier target's")
    assert not serve()
    report("a", "failed", version=1, revision=2, problem="Its encoder is gone.")
    with pytest.raises(ServiceError, match=r"^A replica cannot serve version 2: Its encoder is gone\.$"):
        serve()


def test_what_replicas_report_is_told(store, report):
    assert told(list_replicas(store, "tagstack")) == "no replica has reported"
    report("a", "ready", version=2, revision=2)
    report("b", "starting", version=None, revision=None)
    assert told(list_replicas(store, "tagstack")) == "ready with version 2, starting with version None"
