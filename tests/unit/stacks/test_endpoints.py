"""Questions to servers: real sockets that answer, refuse, or say nothing."""

import http.server
import socket
import socketserver
import threading
import time

import pytest

from stacks import containers
from stacks.containers import require_engine, require_image, require_registry
from stacks.endpoints import ask, require_address, require_port
from stacks.extras import missing_packages
from tagstack.errors import ServiceError


@pytest.fixture
def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def registry():
    """An HTTP server that speaks as a registry with one image, and shows it to those who ask for what it is."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            good = self.headers.get("Authorization") != "Basic YW5uOndyb25n"  # ann:wrong
            image = 200 if "application/vnd.oci.image.manifest.v1+json" in self.headers["Accept"] else 404
            known = {"/v2/": 200 if good else 401, "/v2/tagstack/manifests/1": image}
            self.send_response(known.get(self.path, 404))
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_port_where_nothing_listens_is_told_at_once(free_port):
    with pytest.raises(ServiceError, match=rf"127\.0\.0\.1:{free_port} does not answer \(connection refused\)"):
        require_port("127.0.0.1", free_port)
    with pytest.raises(ServiceError, match="does not answer"):
        require_address(f"http://127.0.0.1:{free_port}/x")
    with pytest.raises(ServiceError, match=r"http://127\.0\.0\.1:\d+ does not answer \(connection refused\)"):
        require_registry(f"127.0.0.1:{free_port}", auth=None)


def test_a_server_that_accepts_and_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("stacks.endpoints.SECONDS", 0.1)
    refused = pytest.raises(ServiceError, match=r"does not answer \(timed out\)")
    with socket.create_server(("127.0.0.1", 0)) as silent, refused:
        ask(f"http://127.0.0.1:{silent.getsockname()[1]}")


def test_a_host_that_does_not_exist_is_told(monkeypatch):
    with pytest.raises(ServiceError, match=r"there is no host no-such-host\.invalid"):
        require_port("no-such-host.invalid", 1)


def test_a_registry_answers_and_tells_of_a_wrong_password_and_a_missing_image(registry):
    assert require_registry(registry, auth=None) == f"http://{registry} answers"
    with pytest.raises(ServiceError, match="refuses user and password"):
        require_registry(registry, auth=("ann", "wrong"))
    assert require_image(f"{registry}/tagstack:1", auth=None) == f"{registry}/tagstack:1 can be pulled"
    with pytest.raises(ServiceError, match=rf"image {registry}/tagstack:2 is not in the registry"):
        require_image(f"{registry}/tagstack:2", auth=None)


def test_a_server_that_is_no_registry_is_told(registry, monkeypatch):
    monkeypatch.setattr(containers, "_address", lambda _: f"http://{registry}/other")
    with pytest.raises(ServiceError, match=r"is no image registry \(it answers 404 to /v2/\)"):
        require_registry(registry, auth=None)


def test_a_container_engine_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(ServiceError, match=r"no container engine answers at unix://.*none\.sock"):
        require_engine()


def test_a_container_engine_that_is_busy_is_told(monkeypatch, tmp_path):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(0.5 if busy else 0)
            busy.append(True)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"ApiVersion": "1.44"}')

        def address_string(self):
            return ""

        def log_message(self, *_):
            pass

    busy: list[bool] = []
    server = socketserver.ThreadingUnixStreamServer(f"{tmp_path}/engine.sock", Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    monkeypatch.setattr(containers, "ENGINE_SECONDS", 0.2)
    with pytest.raises(ServiceError, match=r"the container engine at unix://.* takes longer than 0\.2 s to answer"):
        require_engine()
    server.shutdown()
    server.server_close()


def test_an_extra_tells_what_of_it_is_not_installed():
    assert missing_packages("s3") == []
    assert "sagemaker>=2.237.3,<3" in missing_packages("aws")
