"""The service in a container of this machine's engine: ZenML's Docker deployer, for containers of no rights.

ZenML's own runs the service as whoever deploys it, which may be root, publishes its port on every network of the
machine, and knows no address for a container that shares the machine's network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from docker.client import DockerClient
from docker.models.containers import Container, ContainerCollection
from pydantic import ConfigDict
from zenml.deployers.docker.docker_deployer import DockerDeployer, DockerDeployerConfig, DockerDeployerFlavor
from zenml.models import DeploymentOperationalState

from stacks.listening import VARIABLE
from stacks.service_image import InImageOfSteps

LABEL = "tagstack.address"
"""Of a container: where its service answers."""


class ServiceContainerConfig(DockerDeployerConfig):
    """How the container is reached and what it reaches."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    network: str = "host"
    """Network of the container; on `host` it reaches servers at 127.0.0.1 as this machine does."""
    address: str = "127.0.0.1"
    """Address of this machine at which the service is reached; 0.0.0.0 is all of them."""


class ServiceContainerDeployer(InImageOfSteps, DockerDeployer):
    """Starts the service as the image's own user, reached at the address that was asked for."""

    @property
    def config(self) -> ServiceContainerConfig:
        """How it is configured."""
        return cast("ServiceContainerConfig", self._config)

    @property
    def docker_client(self) -> DockerClient:
        """The engine's client, which starts containers by this deployer's rules."""
        return _Client(super().docker_client, self.config)

    def _get_container_operational_state(self, container: Container) -> DeploymentOperationalState:
        state = super()._get_container_operational_state(container)
        if state.url:
            state.url = container.labels.get(LABEL, state.url)
        return state


class ServiceContainerFlavor(DockerDeployerFlavor):
    """The flavor `tagstack-docker`."""

    @property
    def name(self) -> str:
        """Its name."""
        return "tagstack-docker"

    @property
    def config_class(self) -> type[ServiceContainerConfig]:
        """Its configuration."""
        return ServiceContainerConfig

    @property
    def implementation_class(self) -> type[ServiceContainerDeployer]:
        """Its implementation."""
        return ServiceContainerDeployer


def ruled(options: dict[str, Any], rules: ServiceContainerConfig) -> dict[str, Any]:
    """Return the options of `docker run` by this deployer's rules instead of ZenML's.

    Args:
        options: As ZenML's deployer gives them, with one port that is published.
        rules: The deployer's configuration.
    """
    (inside, port), *_others = options["ports"].items()
    kept = {name: value for name, value in options.items() if name not in {"user", "group_add", "ports"}}
    shown = rules.address if rules.address != "0.0.0.0" else "127.0.0.1"  # noqa: S104 - not bound here
    kept["labels"] = {**options["labels"], LABEL: f"http://{shown}:{port}"}
    if rules.network == "host":
        kept["environment"] = {**options["environment"], VARIABLE: f"{rules.address}:{port}"}
        return {**kept, "network_mode": "host"}
    return {**kept, "network": rules.network, "ports": {inside: (rules.address, port)}}


class _Containers(ContainerCollection):
    def run(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - docker's own signature
        for folder in options["volumes"]:
            Path(folder).mkdir(parents=True, exist_ok=True)  # podman makes none
        return super().run(*args, **ruled(options, cast("_Client", self.client).rules))


class _Client(DockerClient):
    """The same connection to the engine, by other rules."""

    def __init__(self, engine: DockerClient, rules: ServiceContainerConfig) -> None:
        self.api, self.rules = engine.api, rules

    @property
    def containers(self) -> _Containers:
        return _Containers(client=self)
