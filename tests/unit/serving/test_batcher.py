"""The queue before the encoder: full batches, fair turns, nothing encoded twice or in vain."""

import threading

import pytest

from tagstack.serving.batcher import BUDGET, SHARE, Batcher
from tagstack.serving.request import Lane, Question, Request, Text
from tagstack.serving.served import Served
from tagstack.serving.vectors import RecentVectors, text_key
from tagstack.suggestion import Suggester


@pytest.fixture
def lane(make_model, make_encoder):
    return Lane(Served(1, Suggester(make_model(), make_encoder())), RecentVectors(size=10))


@pytest.fixture
def batcher():
    return Batcher()


@pytest.fixture
def ask(batcher, lane):
    """Let a request wait for texts, given or made up of so many characters each."""
    made = iter(range(10_000))

    def run(*texts, lane=lane):
        request = Request([Question("", "")], 1, lane=lane)
        for row, text in enumerate(texts):
            content = text if isinstance(text, str) else f"{next(made):04d}".ljust(text, "x")
            request.pending.append(Text(request, row, content, text_key(content)))
        batcher.put(request)
        return request

    return run


def rows(batch, request):
    return [text.row for text in batch if text.request is request]


def test_everything_that_waits_is_taken_at_once(batcher, ask):
    requests = [ask(20, 300) for _ in range(5)]
    batch = batcher.take()
    assert [rows(batch, request) for request in requests] == [[0, 1]] * 5
    assert len(batcher) == 0


def test_a_batch_ends_where_its_budget_does(batcher, ask):
    for _ in range(30):
        ask(BUDGET // 10)
    sizes = [len(batcher.take()) for _ in range(3)]
    assert sizes == [10, 10, 10]


def test_a_text_longer_than_the_budget_is_taken_alone(batcher, ask):
    long, short = ask(BUDGET * 2), ask(10)
    assert rows(batcher.take(), long) == [0]
    assert rows(batcher.take(), short) == [0]


def test_a_short_request_is_in_the_next_batch_although_a_huge_one_came_first(batcher, ask):
    huge, short = ask(*[500] * 128), ask(40)
    first = batcher.take()
    assert rows(first, short) == [0]
    assert rows(first, huge) == list(range(20))
    assert first.index(next(text for text in first if text.request is short)) == SHARE // 500


def test_a_huge_request_gets_its_share_while_short_ones_keep_coming(batcher, ask):
    huge, batches = ask(*[500] * 60), 0
    while huge.pending:
        for _ in range(20):
            ask(450)
        batcher.take()
        batches += 1
    assert batches <= 60 * 500 // SHARE * 3


def test_the_order_of_a_requests_texts_stays(batcher, ask):
    huge, taken = ask(*[500] * 64), []
    while huge.pending:
        ask(100)
        taken += rows(batcher.take(), huge)
    assert taken == list(range(64))


def test_nothing_of_a_cancelled_request_is_taken(batcher, ask):
    gone, here = ask(10, 10), ask(10)
    gone.future.cancel()
    assert {text.request for text in batcher.take()} == {here}
    assert len(batcher) == 0


def test_a_text_that_is_being_encoded_waits_for_it(batcher, ask):
    ask("same", "one")
    first = batcher.take()
    again, other = ask("same"), ask("other")
    assert {text.request for text in batcher.take()} == {other}
    batcher.done(first)
    assert {text.request for text in batcher.take()} == {again}


def test_equal_texts_that_wait_together_go_together(batcher, ask):
    ask("same"), ask("same")
    assert [text.text for text in batcher.take()] == ["same", "same"]


def test_a_batch_is_for_one_encoder(batcher, ask, lane):
    other = Lane(lane.served, RecentVectors(size=10))
    asked = [ask(10), ask(10, lane=other), ask(10), ask(10, lane=other)]
    assert [text.request for text in batcher.take()] == asked[::2]
    assert [text.request for text in batcher.take()] == asked[1::2]


def test_whoever_waits_is_woken_by_work_and_by_the_end(batcher, ask):
    taken = []

    def work():
        while batch := batcher.take():
            taken.append(len(batch))
            arrived.set()

    arrived, thread = threading.Event(), threading.Thread(target=work)
    thread.start()
    ask(10)
    assert arrived.wait(5)
    batcher.close()
    thread.join(5)
    assert not thread.is_alive()
    assert taken == [1]
