"""What the service's container is started with, instead of what ZenML's deployer would."""

import pytest
from pydantic import ValidationError

from stacks.docker_deployer import LABEL, ServiceContainerConfig, ruled

OPTIONS = {
    "user": 0,
    "group_add": [0],
    "ports": {"8000/tcp": 8081},
    "labels": {"managed-by": "zenml"},
    "environment": {"A": "b"},
    "detach": True,
}


def test_it_runs_as_the_image_says_and_listens_where_this_machine_alone_gets():
    options = ruled(OPTIONS, ServiceContainerConfig())
    assert options == {
        "labels": {"managed-by": "zenml", LABEL: "http://127.0.0.1:8081"},
        "environment": {"A": "b", "TAGSTACK_LISTEN": "127.0.0.1:8081"},
        "detach": True,
        "network_mode": "host",
    }


def test_on_a_network_of_containers_the_port_is_published_at_the_address_alone():
    options = ruled(OPTIONS, ServiceContainerConfig(network="team", address="192.0.2.7"))
    assert (options["network"], options["ports"]) == ("team", {"8000/tcp": ("192.0.2.7", 8081)})
    assert options["environment"] == {"A": "b"}
    assert options["labels"][LABEL] == "http://192.0.2.7:8081"


def test_a_service_for_everybody_is_told_by_this_machines_own_address():
    options = ruled(OPTIONS, ServiceContainerConfig(address="0.0.0.0"))
    assert options["environment"]["TAGSTACK_LISTEN"] == "0.0.0.0:8081"
    assert options["labels"][LABEL] == "http://127.0.0.1:8081"


def test_settings_that_are_none_are_refused():
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        ServiceContainerConfig(netwrok="host")
