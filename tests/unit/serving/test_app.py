"""The application as a whole: what is open, what is guarded, what it says of itself."""

import json
import logging
import re

import pytest

from tagstack.serving.headers import ALWAYS

KEY = "correct-horse-battery"
KEYED = {"TAGSTACK_API_KEYS": KEY}
QUESTION = {"title": "python", "draft": True}


def test_on_loopback_no_key_is_needed_but_the_name_of_this_machine(serving):
    with serving() as client:
        assert client.post("/suggest", json=QUESTION).status_code == 200
        for path in ("/", "/health", "/ready", "/metrics", "/openapi.json", "/tags", "/page/page.js"):
            assert client.get(path).status_code == 200, path
            assert client.get(path, headers={"Host": "rebound.example"}).status_code == 421, path


def test_where_keys_are_given_they_are_needed_and_any_name_will_do(serving):
    with serving(environ=KEYED) as client:
        for path in ("/", "/health", "/ready", "/openapi.json", "/page/page.js", "/metrics"):
            assert client.get(path, headers={"Host": "tags.example"}).status_code == 200, path
        for method, path in (("POST", "/suggest"), ("POST", "/feedback"), ("GET", "/tags"), ("GET", "/nowhere")):
            assert client.request(method, path).status_code == 401, path
        assert client.post("/suggest", json=QUESTION, headers={"X-API-Key": KEY}).status_code == 200


def test_a_client_that_asks_too_often_is_told_when_to_ask_again(serving):
    with serving("service.requests_per_minute=3") as client:
        found = [client.get("/tags") for _ in range(4)]
        assert [one.status_code for one in found] == [200, 200, 200, 429]
        assert 1 <= int(found[3].headers["retry-after"]) <= 60
        assert client.get("/health").status_code == 200


def test_every_answer_has_the_security_headers(serving):
    with serving("service.max_request_bytes=100", environ=KEYED, headers={"X-API-Key": KEY}) as client:
        for method, path, content in (
            ("GET", "/", None),
            ("GET", "/nowhere", None),
            ("DELETE", "/suggest", None),
            ("POST", "/suggest", b"x" * 101),
            ("POST", "/suggest", b"{}"),
            ("GET", "/tags?limit=0", None),
        ):
            found = client.request(method, path, content=content)
            assert ALWAYS.items() <= found.headers.items(), path
            assert "access-control-allow-origin" not in found.headers
            assert "server" not in found.headers
        assert ALWAYS.items() <= client.get("/tags", headers={"X-API-Key": "wrong"}).headers.items()


def test_errors_have_one_form(serving):
    with serving() as client:
        for method, path in (("GET", "/nowhere"), ("PUT", "/suggest"), ("GET", "/suggest"), ("POST", "/suggest/")):
            found = client.request(method, path)
            assert found.status_code in (404, 405)
            assert list(found.json()) == ["detail"]


def test_paths_lead_nowhere_else(serving):
    with serving() as client:
        for path in ("/page/../app.py", "/page/%2e%2e/app.py", "/page//etc/passwd", "/page/%00", "/docs", "/redoc"):
            assert client.get(path).status_code == 404, path


def test_an_unforeseen_failure_has_an_id_and_quotes_nothing(serving, monkeypatch, caplog):
    with serving() as client:

        def fail(*_, **__):
            raise RuntimeError("about my secret question")

        monkeypatch.setattr(client.service.engine, "suggest", fail)
        found = client.post("/suggest", json={"title": "my secret question"})
    assert found.status_code == 500
    [name] = re.fullmatch(r"internal error ([0-9a-f]{12})", found.json()["detail"]).groups()
    [line] = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert line.startswith(f"internal error {name}: RuntimeError at test_app.py:")
    assert "secret" not in caplog.text


def test_requests_are_counted_by_route_and_status(serving):
    with serving() as client:
        client.post("/suggest", json={"questions": [QUESTION | {"draft": None} for _ in range(2)]})
        client.post("/suggest", json={"questions": [{"title": "python"}, {"title": "sql"}]})
        name = client.post("/suggest", json={"title": "sql"}).json()["suggestions"][0]["suggestion_id"]
        client.post("/feedback", json={"suggestion_id": name})
        client.get("/secret-path")
        found = client.get("/metrics").text
    for line in (
        'tagstack_requests_total{method="POST",route="/suggest",status="200"} 2.0',
        'tagstack_requests_total{method="POST",route="/suggest",status="422"} 1.0',
        'tagstack_requests_total{method="GET",route="other",status="404"} 1.0',
        'tagstack_request_seconds_count{route="/suggest",status="200"} 2.0',
        "tagstack_request_questions_sum 3.0",
        'tagstack_feedback_total{outcome="recorded"} 1.0',
        "tagstack_engine_cache_hits_total 1.0",
        "tagstack_suggestions_dropped_total 0.0",
    ):
        assert line in found.splitlines(), line
    assert re.search(r'^tagstack_model\{sha256="[0-9a-f]{64}",version="3"\} 1.0$', found, re.MULTILINE)
    assert "secret" not in found


@pytest.fixture
def document(serving):
    with serving() as client:
        return client.get("/openapi.json").json()


def test_every_route_is_described_with_its_errors_in_one_form(document):
    assert set(document["paths"]) == {"/suggest", "/feedback", "/tags", "/health", "/ready", "/metrics"}
    for path, methods in document["paths"].items():
        for route in methods.values():
            assert route["summary"], path
            assert route["description"], path
            for status, answer in route["responses"].items():
                assert answer["description"], (path, status)
                if status >= "400":
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}, (path, status)
    assert "HTTPValidationError" not in json.dumps(document)


def test_examples_of_the_document_are_answered(document, serving):
    schemas = document["components"]["schemas"]
    with serving() as client:
        for name in ("OneQuestion", "ManyQuestions"):
            [example] = schemas[name]["examples"]
            assert client.post("/suggest", json=example).status_code == 200
        [example] = schemas["FeedbackIn"]["examples"]
        assert client.post("/feedback", json=example).status_code == 404


def test_the_document_needs_no_key_but_says_how_one_is_given(document):
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header"}
    assert document["paths"]["/suggest"]["post"]["security"] == [{"bearer": []}, {"header": []}, {}]
    assert "security" not in document["paths"]["/health"]["get"]
