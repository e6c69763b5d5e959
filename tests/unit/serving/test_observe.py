"""Counting, and what becomes of failures."""

import json
import re

import pytest

from tagstack.serving.metrics import Metrics
from tagstack.serving.observe import Observe


def counted(metrics, **labels):
    return metrics.registry.get_sample_value("tagstack_requests_total", labels)


def test_a_failure_before_the_answer_is_a_500_with_an_id(call, caplog):
    metrics = Metrics()

    async def failing(scope, receive, send):
        raise ValueError("the question's text")

    reply = call(Observe(failing, metrics=metrics), "POST", "/suggest")
    name = json.loads(reply.body)["detail"].removeprefix("internal error ")
    assert reply.status == 500
    [line] = caplog.messages
    assert re.fullmatch(rf"internal error {name}: ValueError at test_observe\.py:\d+ in failing, answering POST", line)
    assert counted(metrics, route="/suggest", method="POST", status="500") == 1


def test_a_failure_amid_the_answer_ends_the_connection_without_a_text(call, caplog):
    async def failing(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("the question's text")

    with pytest.raises(ConnectionError) as caught:
        call(Observe(failing, metrics=Metrics()))
    assert str(caught.value).startswith("internal error ")
    assert caught.value.__suppress_context__
    assert "text" not in caplog.text


def test_a_client_that_went_away_is_counted_as_such(call):
    metrics = Metrics()

    async def silent(scope, receive, send):
        pass

    call(Observe(silent, metrics=metrics), path="/tags")
    assert counted(metrics, route="/tags", method="GET", status="499") == 1


def test_what_clients_write_makes_no_label(call, echo):
    metrics = Metrics()
    for method, path in (("GET", "/secret"), ("BREW", "/tags")):
        call(Observe(echo, metrics=metrics), method, path)
    assert counted(metrics, route="other", method="GET", status="200") == 1
    assert counted(metrics, route="/tags", method="other", status="200") == 1
