"""The backfill in containers: the same vectors in one shard and in many, and what each costs."""

import pytest

from lab import containers, shards

STACK = "docker"


@pytest.mark.parametrize("count", shards.COUNTS)
def test_the_same_texts_are_encoded_in_any_number_of_shards(trained, alone, client, record, place, count):
    trained(STACK)
    alone()
    containers.forget(place)
    one = client(STACK)
    done = shards.backfill(one, count)
    record.backfills[count] = done
    assert done.outcome.code == 0, done.outcome.err
    assert len(done.report["shards"]) == count
    assert done.vectors[0] == 0
    assert done.report["encoded"] == record.backfills[shards.COUNTS[0]].report["encoded"] > 0
    assert done.vectors[1] > 0
    known = containers.containers(place, one.ask("stack", STACK))
    assert {container.user for container in known if container.state == "exited"} == {"1000:1000"}
