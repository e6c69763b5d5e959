"""The size and the time of one request."""

import asyncio
import itertools
import json

import pytest

from tagstack.serving.limits import BodyLimit, TimeLimit


def counted(chunk, taken):
    for _ in itertools.count():
        taken.append(len(chunk))
        yield chunk


def test_a_body_within_the_limit_arrives_whole(call, echo):
    reply = call(BodyLimit(echo, max_bytes=6), "POST", chunks=[b"abc", b"def", b""])
    assert (reply.status, reply.body) == (200, b"abcdef")


def test_a_declared_length_beyond_the_limit_is_refused_unread(call, echo):
    taken = []
    reply = call(BodyLimit(echo, max_bytes=10), "POST", headers={"Content-Length": "11"}, chunks=counted(b"x", taken))
    assert (reply.status, json.loads(reply.body)) == (413, {"detail": "the request is larger than 10 bytes"})
    assert taken == []


def test_a_stream_without_end_is_refused_at_the_limit(call, echo):
    taken = []
    reply = call(BodyLimit(echo, max_bytes=10), "POST", chunks=counted(b"xxx", taken))
    assert reply.status == 413
    assert len(taken) == 4


def test_a_stream_longer_than_it_said_is_refused(call, echo):
    reply = call(
        BodyLimit(echo, max_bytes=10), "POST", headers={"Content-Length": "2"}, chunks=[b"x" * 6, b"x" * 6, b""]
    )
    assert reply.status == 413


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", "", "١"])
def test_a_length_that_is_no_number_is_malformed(call, echo, length):
    headers = {"Content-Length": length.encode().decode("latin-1")}
    assert call(BodyLimit(echo, max_bytes=10), "POST", headers=headers).status == 400


def test_a_length_of_a_thousand_digits_is_too_large(call, echo):
    assert call(BodyLimit(echo, max_bytes=10), "POST", headers={"Content-Length": "9" * 1000}).status == 413


def test_a_request_that_takes_too_long_ends_with_503(call):
    ended = []

    async def sleeper(scope, receive, send):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    reply = call(TimeLimit(sleeper, seconds=0.01))
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert json.loads(reply.body) == {"detail": "no answer within 0.01 s"}
    assert ended


def test_a_body_that_does_not_come_counts_as_time(call, echo):
    async def silent():
        await asyncio.sleep(60)

    async def run():
        sent = []

        async def send(message):
            sent.append(message)

        app = TimeLimit(BodyLimit(echo, max_bytes=10), seconds=0.01)
        await app({"type": "http", "method": "POST", "headers": []}, silent, send)
        return sent[0]["status"]

    assert asyncio.run(run()) == 503


def test_a_timeout_of_something_else_is_not_mistaken_for_ours(call):
    async def failing(scope, receive, send):
        raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match="the database"):
        call(TimeLimit(failing, seconds=60))
