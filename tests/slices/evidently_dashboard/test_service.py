"""Snapshots in a running Evidently service."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tagstack.errors import ConfigError, ServiceError

from .conftest import SECRET, TESTS, free_port


@pytest.fixture
def server():
    """Start a service that answers everything with a status and a text: `server(200, "<html>")`."""
    running = []

    def start(status, text, **headers):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        running.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=running[-1].serve_forever, kwargs={"poll_interval": 0.01}).start()
        return f"http://127.0.0.1:{running[-1].server_port}"

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


def test_runs_are_published_once_and_every_panel_shows_them(component, service, secret, make_report, frames, ask):
    validator = component(url=f"{service}/", secret=secret)
    for month, version in ((1, 1), (2, 1), (3, 2)):
        validator.publish(make_report(month, version=version), *frames, f"run {month}")
    published = validator.publish(make_report(3, version=2, drifted=["embeddings"]), *frames, "run 3")
    dashboard = ask(service)
    assert published.address == f"{service}/projects/{dashboard.project}/reports/{published.snapshot_id}"
    assert sorted(one["metadata"]["run_id"] for one in dashboard.snapshots) == ["run 1", "run 2", "run 3"]
    [newest] = [one for one in dashboard.snapshots if one["id"] == published.snapshot_id]
    assert newest["metadata"]["diagnosis"] == "covariate"
    for panel in dashboard.panels:
        lines = dashboard.lines(panel) if panel["values"] else []
        assert {line["filter_index"] for line in lines} == set(range(len(panel["values"]))), panel["title"]


def test_a_threshold_is_drawn_beside_every_drift_score(component, service, secret, make_report, frames, ask):
    component(url=service, secret=secret).publish(make_report(), *frames, "run 1")
    dashboard = ask(service)
    drawn = [dashboard.lines(panel) for panel in dashboard.panels if "drift" in panel["title"].lower()]
    scored = [lines for lines in drawn if any(line["params"].get("figure") == "reach" for line in lines)]
    assert len(scored) == 8
    assert all(sum(line["params"]["name"] == "threshold" for line in lines) == 1 for lines in scored)
    assert {line["params"]["name"] for lines in scored for line in lines} == {*TESTS, "threshold"}


@pytest.mark.usefixtures("service")
def test_a_service_refuses_without_its_secret(component, service, make_report, frames):
    with pytest.raises(ServiceError, match=r"^The Evidently service \S+ refused: .*; check that it runs, .*secret\.$"):
        component(url=service).publish(make_report(), *frames, "run 9")


def test_a_service_that_is_down_is_one_line(component, make_report, frames):
    with pytest.raises(
        ServiceError, match=r"^The Evidently service http://127.0.0.1:\d+ cannot be reached \(ConnectionError\); "
    ):
        component(url=f"http://127.0.0.1:{free_port()}").publish(make_report(), *frames, "run 1")


def test_a_service_that_does_not_answer_in_time_is_one_line(component, make_report, frames):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ServiceError, match=r"does not answer in time"):
            component(url=address, timeout_seconds=0.1).publish(make_report(), *frames, "run 1")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, "<html>Hello</html>"), "does not answer as one"),
        ((200, "[]"), "does not answer as one"),
        ((404, "Not found"), "refused: .*HTTP 404"),
        ((500, '{"detail": "out of order"}'), "refused: .*out of order"),
    ],
    ids=["a page", "other JSON", "not found", "an error"],
)
def test_another_service_is_one_line(component, server, make_report, frames, answer, told):
    with pytest.raises(ServiceError, match=told):
        component(url=server(*answer)).publish(make_report(), *frames, "run 1")


def test_a_redirect_is_not_followed_as_it_would_carry_the_secret(component, server, secret, make_report, frames):
    with pytest.raises(ServiceError, match=r"it redirects to another address"):
        component(url=server(302, "", Location="http://127.0.0.1:9"), secret=secret).publish(
            make_report(), *frames, "run 1"
        )


def test_a_secret_that_does_not_exist_is_one_line(component, make_report, frames):
    validator = component(url="http://127.0.0.1:9", secret="{{nowhere.secret}}")
    with pytest.raises(ConfigError, match=r"The ZenML secret \{\{nowhere.secret\}\}, .* does not exist; make it with"):
        validator.publish(make_report(), *frames, "run 1")


def test_no_error_shows_the_secret(component, service, secret, server, make_report, frames):
    validator = component(url=server(500, f'{{"detail": "wrong secret {SECRET}"}}'), secret=secret)
    with pytest.raises(ServiceError) as raised:
        validator.publish(make_report(), *frames, "run 1")
    assert SECRET not in str(raised.value)
