import threading
import time

import pytest

from tagstack.errors import StoreError
from tagstack.store.waiting import Job, Queue


@pytest.fixture
def job(decision):
    """Make a job: `job("a")`."""
    return lambda key="a", again_at=0.0: set_again(Job(decision(key)), again_at)


def set_again(one, again_at):
    one.again_at = again_at
    return one


def test_first_in_first_out(job):
    queue, jobs = Queue(), [job(key) for key in "abc"]
    assert all(queue.put(one, limit=10) for one in jobs)
    assert queue.take(2) == jobs[:2]
    assert len(queue) == 3
    assert queue.take(2) == jobs[2:]


def test_no_more_than_its_limit(job):
    queue = Queue()
    assert [queue.put(job(), limit=2) for _ in range(3)] == [True, True, False]


def test_what_is_put_back_comes_first(job):
    queue, jobs = Queue(), [job(key) for key in "abc"]
    for one in jobs:
        queue.put(one, limit=10)
    queue.put_back(queue.take(2))
    assert queue.take(9) == jobs


def test_what_is_put_aside_comes_when_it_is_due(job):
    queue, early = Queue(), job("a", time.monotonic() + 0.05)
    queue.put_aside(early)
    other = job("b")
    queue.put(other, limit=10)
    assert queue.take(9) == [other]
    assert queue.take(9) == [early]


def test_a_closed_queue_gives_what_it_has_and_then_ends(job):
    queue, here, aside = Queue(), job("a"), job("b", time.monotonic() + 0.02)
    queue.put(here, limit=10)
    queue.put_aside(aside)
    queue.close()
    assert not queue.put(job("c"), limit=10)
    assert [queue.take(9), queue.take(9), queue.take(9)] == [[here], [aside], []]


def test_closing_wakes_the_one_that_waits():
    queue, found = Queue(), []
    waiting = threading.Thread(target=lambda: found.append(queue.take(9)))
    waiting.start()
    queue.close()
    waiting.join(10)
    assert found == [[]]


def test_clearing_gives_what_nobody_was_told_about(job):
    queue, jobs = Queue(), [job(key) for key in "abcd"]
    for one in jobs[:3]:
        queue.put(one, limit=10)
    queue.put_aside(jobs[3])
    queue.take(2)
    jobs[0].accept("recorded")
    assert set(queue.clear()) == set(jobs[1:])


def test_a_job_tells_once(job):
    one = job()
    one.accept("recorded")
    one.accept("repeated")
    assert not one.refuse(StoreError("late"))
    assert one.future.result(0) == "recorded"


def test_a_decision_on_its_way_cannot_be_called_back(job):
    one = job()
    assert not one.future.cancel()
    one.accept("recorded")
