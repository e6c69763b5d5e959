"""The running service, through the stack's deployer: bring it up, wait until it serves a version, question it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import psutil
from zenml.client import Client
from zenml.deployers import BaseDeployer
from zenml.deployers.exceptions import DeployerError
from zenml.enums import DeploymentStatus
from zenml.models import DeploymentResponse

from stacks import versions
from stacks.repeatedly import repeatedly
from stacks.replicas import all_serve, told
from tagstack.config import Settings
from tagstack.errors import ServiceError
from tagstack.paths import PROJECT
from tagstack.serving.access import first_key
from tagstack.serving.served import make_served
from tagstack.serving.smoke import smoke_test
from tagstack.store.database import Store
from tagstack.store.rollout import list_replicas, read_target

POLL_SECONDS = 0.5
_LOG_LINES = 50


@dataclass(frozen=True)
class LiveService:
    """The service of one model on the active stack.

    Attributes:
        settings: Of the run.
        store: Where replicas report.
        snapshot: ZenML's snapshot of the pipeline `service`, which the deployer starts where it must; None is the one
            that it started last.
    """

    settings: Settings
    store: Store
    snapshot: UUID | None

    @property
    def name(self) -> str:
        """The name of the model and of its deployment."""
        return self.settings.model_name

    def address(self) -> str | None:
        """Return the address of the service, None where none was deployed or the stack has no deployer."""
        deployment = self._deployment()
        return str(deployment.url) if deployment and deployment.url else None

    def bring_up(self) -> None:
        """Start the service where it does not run or runs other settings or code; wait until it serves the target.

        On a stack without a deployer nobody serves, and only the model itself is tested.

        Raises:
            ServiceError: It does not come up, or a replica cannot load the version.
        """
        if self._deployer() is None:
            return
        if not self._is_current():
            self._deploy()
        self.wait_switched()

    def wait_switched(self) -> None:
        """Wait until every living replica serves the target.

        Raises:
            ServiceError: One cannot, or the time is over.
        """
        target = read_target(self.store, self.name)
        if target is None or self._deployer() is None:
            return
        end = time.monotonic() + self.settings.deployment.wait_seconds
        while not all_serve(replicas := list_replicas(self.store, self.name), target):
            if time.monotonic() > end:
                raise ServiceError(
                    f"The service does not serve version {target.version} after "
                    f"{self.settings.deployment.wait_seconds} s ({told(replicas)}); its log: "
                    f"`zenml deployment logs {self.name}`."
                )
            time.sleep(POLL_SECONDS)

    def take_down(self) -> None:
        """Stop the service, as there is nothing that it should serve; raises ServiceError where it goes on."""
        deployment, deployer = self._deployment(), self._deployer()
        if deployment is None or deployer is None:
            return
        try:
            deployer.deprovision_deployment(deployment.id, timeout=self.settings.deployment.wait_seconds)
        except DeployerError as error:
            raise ServiceError(f"The service could not be stopped: {error}") from None

    def smoke_test(self, number: int) -> None:
        """Ask the golden questions of version `number` and compare with what it answered when it was trained.

        Raises:
            ServiceError: The service does not answer, answers with another version, or answers otherwise.
        """
        model = versions.load_tag_model(versions.find_version(self.name, str(number)))
        if not model.card.golden:
            raise ServiceError(f"Version {number} has no golden questions to test the service with; train it again.")
        address = self.address()
        if address is None:
            make_served(number, model)
            return
        limits, patience = self.settings.service, self.settings.deployment.wait_seconds
        cases, key = model.card.golden, self._key()
        smoke_test(address, cases, version=number, key=key, settings=limits, patience_seconds=patience)

    def _deployer(self) -> BaseDeployer | None:
        return cast("BaseDeployer | None", Client().active_stack.deployer)

    def _deployment(self) -> DeploymentResponse | None:
        found = Client().list_deployments(name=self.name, hydrate=True).items
        return found[0] if found and self._deployer() is not None else None

    def _is_current(self) -> bool:
        deployment = self._deployment()
        if deployment is None or self.snapshot is None:
            return deployment is not None and self._is_up(deployment)
        wanted = Client().get_snapshot(self.snapshot).pipeline_configuration.deployment_settings
        running = deployment.snapshot and deployment.snapshot.pipeline_configuration.deployment_settings
        return running == wanted and self._is_up(deployment)

    def _is_up(self, deployment: DeploymentResponse) -> bool:
        deployer = cast("BaseDeployer", self._deployer())
        try:
            fresh = deployer.refresh_deployment(deployment.id)
        except DeployerError:
            return False
        return bool(fresh.status == DeploymentStatus.RUNNING)

    def _deploy(self) -> None:
        before = self._deployment()
        running = before.snapshot.id if before and before.snapshot else None
        wanted = self.snapshot or running
        if wanted is None:
            raise ServiceError("The service was never started; do it with `python run.py --pipeline deployment`.")
        try:
            self._start(wanted)
        except DeployerError as error:
            reason = f"The service did not start: {self._last_words() or error}"
            if running and running != wanted:  # ZenML has stopped what ran
                with contextlib.suppress(DeployerError):
                    self._start(running)
            raise ServiceError(reason) from None

    def _start(self, snapshot: UUID) -> None:
        os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(PROJECT), *_python_path()]))
        wait = self.settings.deployment.wait_seconds
        with repeatedly(_bury_the_dead, seconds=POLL_SECONDS, name="buries-the-dead"):
            Client().active_stack.deploy_pipeline(Client().get_snapshot(snapshot), self.name, timeout=wait)

    def _last_words(self) -> str | None:
        """Return what the service said last, where its deployer keeps a log."""
        try:
            lines = list(Client().get_deployment_logs(self.name, tail=_LOG_LINES))
        except (DeployerError, NotImplementedError, KeyError):
            return None
        said = [" ".join(line.split()) for line in lines if line.startswith("Error: ")]
        return said[-1].removeprefix("Error: ") if said else None

    def _key(self) -> str | None:
        deployment = self._deployment()
        return (deployment and deployment.auth_key) or first_key(os.environ)


def _python_path() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]


def _bury_the_dead() -> None:
    """Wait for child processes that have ended: ZenML's local deployer takes one that nobody waited for as alive."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if child.status() == psutil.STATUS_ZOMBIE:
                child.wait(0)
