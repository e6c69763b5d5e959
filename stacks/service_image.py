"""The image that a deployer's service runs in: that of the steps, and deployers of clusters and clouds that know it.

ZenML's deployers want an image of their own, in which pip installs what a service needs; ours has no pip, and its lock
has all of that.
"""

from __future__ import annotations

from typing import cast

from zenml.config.build_configuration import BuildConfiguration
from zenml.constants import DEPLOYER_DOCKER_IMAGE_KEY
from zenml.deployers.base_deployer import BaseDeployerFlavor
from zenml.deployers.containerized_deployer import ContainerizedDeployer
from zenml.integrations.aws.flavors import AWSDeployerFlavor
from zenml.integrations.gcp.flavors import GCPDeployerFlavor
from zenml.integrations.kubernetes.flavors import KubernetesDeployerFlavor
from zenml.models import PipelineSnapshotBase


class InImageOfSteps(ContainerizedDeployer):
    """A deployer whose services run in the image of the steps."""

    def get_docker_builds(self, snapshot: PipelineSnapshotBase) -> list[BuildConfiguration]:
        """Return the image's build."""
        settings = snapshot.pipeline_configuration.docker_settings
        return [BuildConfiguration(key=DEPLOYER_DOCKER_IMAGE_KEY, settings=settings)]


def in_image_of_steps(deployer: type[ContainerizedDeployer]) -> type[ContainerizedDeployer]:
    """Return one of ZenML's deployers whose services run in the image of the steps."""
    made = type(f"{deployer.__name__}InImageOfSteps", (InImageOfSteps, deployer), {"__module__": __name__})
    return cast("type[ContainerizedDeployer]", made)


class _InImageOfStepsFlavor(BaseDeployerFlavor):
    """Stands before one of ZenML's flavors."""

    @property
    def name(self) -> str:
        """ZenML's, with our own before it."""
        return f"tagstack-{super().name}"

    @property
    def implementation_class(self) -> type[ContainerizedDeployer]:
        """ZenML's, whose services run in the image of the steps."""
        return in_image_of_steps(cast("type[ContainerizedDeployer]", super().implementation_class))


class KubernetesServiceFlavor(_InImageOfStepsFlavor, KubernetesDeployerFlavor):
    """The flavor `tagstack-kubernetes`."""


class AWSServiceFlavor(_InImageOfStepsFlavor, AWSDeployerFlavor):
    """The flavor `tagstack-aws`: App Runner."""


class GCPServiceFlavor(_InImageOfStepsFlavor, GCPDeployerFlavor):
    """The flavor `tagstack-gcp`: Cloud Run."""
