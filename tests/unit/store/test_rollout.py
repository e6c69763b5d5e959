import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tagstack.store.columns import now
from tagstack.store.rollout import (
    Replica,
    clear_target,
    forget_replica,
    list_replicas,
    read_target,
    report_replica,
    set_target,
)
from tagstack.store.tables import REPLICAS


def replica(name="r1", **values):
    usual = {"model_name": "tagstack", "address": "http://127.0.0.1:8000", "seen_at": now(), "started_at": now()}
    return Replica(id=name, **(usual | values))


def test_nothing_is_to_be_served_at_first(store):
    assert read_target(store, "tagstack") is None


def test_every_change_of_the_target_has_a_new_revision(store):
    first = set_target(store, "tagstack", version=1, sha256="a" * 64)
    second = set_target(store, "tagstack", version=1, sha256="a" * 64)
    assert (first.revision, second.revision) == (1, 2)
    assert read_target(store, "tagstack") == second
    assert (second.version, second.sha256) == (1, "a" * 64)
    assert abs(second.changed_at - now()) < dt.timedelta(minutes=1)
    assert read_target(store, "another") is None


def test_revisions_go_on_growing_after_the_target_was_cleared(store):
    set_target(store, "tagstack", version=1, sha256="a" * 64)
    clear_target(store, "tagstack")
    assert read_target(store, "tagstack") is None
    assert set_target(store, "tagstack", version=2, sha256="b" * 64).revision == 3


def test_changes_at_once_all_count(store):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: set_target(store, "tagstack", version=n, sha256="a" * 64), range(1, 21)))
    assert sorted(target.revision for target in found) == list(range(1, 21))
    assert read_target(store, "tagstack") == max(found, key=lambda target: target.revision)


def test_a_replica_is_what_it_reported_last(store):
    first = report_replica(store, replica())
    last = report_replica(store, replace(first, state="failed", version=2, revision=5, problem="no such file"))
    assert list_replicas(store, "tagstack") == [last]
    assert last.seen_at > first.seen_at
    assert list_replicas(store, "another") == []


def test_a_replica_that_is_silent_is_not_listed(store):
    report_replica(store, replica())
    assert list_replicas(store, "tagstack", seen_within=dt.timedelta(seconds=-1)) == []


def test_replicas_are_listed_by_their_start(store):
    for hour in (3, 1, 2):
        report_replica(store, replica(f"r{hour}", started_at=dt.datetime(2024, 1, 1, hour, tzinfo=dt.UTC)))
    assert [one.id for one in list_replicas(store, "tagstack")] == ["r1", "r2", "r3"]


def test_a_replica_that_stops_is_forgotten(store):
    report_replica(store, replica())
    forget_replica(store, "r1")
    forget_replica(store, "never there")
    assert list_replicas(store, "tagstack") == []


def test_replicas_that_were_killed_do_not_pile_up(store, count):
    report_replica(store, replica("killed"))
    with store.writing() as connection:
        connection.execute(sa.update(REPLICAS).values(seen_at=now() - dt.timedelta(days=2)))
    report_replica(store, replica("new"))
    assert count(store, REPLICAS) == 1


def test_a_moment_without_a_zone_is_refused(lite):
    with pytest.raises(Exception, match="has no time zone; pass an aware datetime"):
        report_replica(lite, replica(started_at=dt.datetime(2024, 1, 1)))
