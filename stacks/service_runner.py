"""Our service as ZenML's deployer runs it: the same application, listening where the deployer says.

ZenML's own runner would put its dashboard and its `/invoke` beside it, which makes a pipeline run of every request.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from asgiref.typing import ASGIApplication
from zenml.config import AppExtensionSpec, EndpointSpec, MiddlewareSpec
from zenml.deployers.server import BaseDeploymentAppRunner
from zenml.deployers.server.app import BaseDeploymentAppRunnerFlavor
from zenml.deployers.server.fastapi.app import FastAPIDeploymentAppRunner
from zenml.models import DeploymentResponse

from stacks.listening import listens_at
from stacks.passwords import take_up_passwords
from stacks.serving import make_follower
from tagstack.config import Settings
from tagstack.errors import TagstackError
from tagstack.serving.access import KEYS
from tagstack.serving.app import create_app
from tagstack.serving.server import Server, bind, ending_on_signals
from tagstack.serving.service import Service, open_service


class ServiceRunner(FastAPIDeploymentAppRunner):
    """Builds our application instead of ZenML's; uvicorn, address and port stay the deployer's."""

    def __init__(
        self, deployment: DeploymentResponse, *, tagstack: dict[str, Any], code: str, deployer: str = ""
    ) -> None:
        """Take the settings of the service.

        Args:
            deployment: What is deployed.
            tagstack: The settings tree.
            code: Hash of the code it was deployed with; a service of other code is started anew.
            deployer: Hash of the configuration of the stack's deployer, likewise.
        """
        super().__init__(deployment)
        self.tagstack = Settings.model_validate(tagstack)
        self.code = code
        self.deployer = deployer

    def build(
        self,
        middlewares: list[MiddlewareSpec],  # noqa: ARG002 - ours are part of our application
        endpoints: list[EndpointSpec],  # noqa: ARG002
        extensions: list[AppExtensionSpec],  # noqa: ARG002
    ) -> ASGIApplication:
        """Build our application."""
        self._asgi_app = create_app(self._service())
        return self._asgi_app

    def run(self) -> None:
        """Serve until a signal; a service that cannot start says why in one line of its log."""
        try:
            with bind(*self._listens_at()) as taken:
                app = create_app(self._service())
                server = Server(app, self.tagstack.service, is_ready=lambda: True, on_ready=lambda: None)
                with ending_on_signals():
                    server.run(sockets=[taken])
        except TagstackError as error:
            sys.exit(f"Error: {error}")

    def _service(self) -> Service:
        take_up_passwords(os.environ)
        environ = dict(os.environ)
        if key := self.deployment.auth_key:
            environ[KEYS] = ",".join(filter(None, [key, environ.get(KEYS)]))
        host, port = self._listens_at()
        follower = make_follower(self.tagstack, address=self.deployment.url or f"http://{host}:{port}")
        return open_service(self.tagstack, host=host, make_follower=follower, environ=environ)

    def _listens_at(self) -> tuple[str, int]:
        return listens_at(os.environ, host=self.settings.uvicorn_host, port=self.settings.uvicorn_port)


# Deployers start `python -m zenml.deployers.server.app`, so that it is there twice: as `__main__`, which checks the
# class, and under its name, by which we import it.
_RunnerFlavor = getattr(sys.modules["__main__"], "BaseDeploymentAppRunnerFlavor", BaseDeploymentAppRunnerFlavor)


class ServiceRunnerFlavor(_RunnerFlavor):
    """What ZenML loads to find the runner."""

    @property
    def name(self) -> str:
        """Its name."""
        return "tagstack"

    @property
    def implementation_class(self) -> type[BaseDeploymentAppRunner]:
        """The runner."""
        return ServiceRunner
