"""Docker's API of the lab: who waits for a container is answered by podman's own API, everything else as it was."""

import docker
import httpx
import pytest

from lab.servers import engine

PODMAN = "Libpod-Api-Version"
"""The header by which podman's answers are told."""


@pytest.fixture
def api(place, wanted):
    """A client of Docker's API."""
    wanted("docker")
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(engine.docker_socket(place))), base_url="http://d") as api:
        yield api


@pytest.fixture
def ended(place, wanted):
    """The id of a container that ends with exit code 3."""
    wanted("docker")
    containers = docker.DockerClient(base_url=f"unix://{engine.docker_socket(place)}").containers
    made = containers.run(engine.BASE, command=["sh", "-c", "exit 3"], detach=True)
    yield made.id
    made.remove(force=True)


def test_waiting_is_not_left_to_podman_s_docker_api(api, ended):
    answer = api.post(f"/v1.41/containers/{ended}/wait")
    assert (answer.status_code, answer.json()) == (200, {"StatusCode": 3})
    assert PODMAN not in answer.headers
    assert PODMAN in api.get("/v1.41/_ping").headers


def test_waiting_for_a_container_that_is_not_there_is_told(api):
    answer = api.post("/v1.41/containers/none/wait")
    assert answer.status_code == 404
    assert "no such container" in answer.json()["message"]
