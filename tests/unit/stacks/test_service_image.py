"""Services run in the image of the steps, whichever deployer starts them."""

from types import SimpleNamespace

import pytest
from zenml.config import DockerSettings
from zenml.deployers import DockerDeployer
from zenml.utils import source_utils

from stacks.docker_deployer import ServiceContainerDeployer
from stacks.files import read_stack, stack_names
from stacks.flavors import FLAVORS
from stacks.service_image import in_image_of_steps


@pytest.mark.parametrize("deployer", [ServiceContainerDeployer, in_image_of_steps(DockerDeployer)])
def test_the_image_of_the_service_is_built_as_that_of_the_steps(deployer):
    settings = DockerSettings(install_deployment_requirements=False)
    snapshot = SimpleNamespace(pipeline_configuration=SimpleNamespace(docker_settings=settings))
    [build] = deployer.get_docker_builds(None, snapshot)
    assert (build.key, build.settings, build.extra_requirements_files) == ("deployer", settings, {})


def test_the_rest_is_zenmls():
    assert in_image_of_steps(DockerDeployer).do_provision_deployment is DockerDeployer.do_provision_deployment


@pytest.mark.parametrize("name", stack_names())
def test_no_stack_has_a_deployer_that_wants_an_image_of_its_own(name):
    ours = {source_utils.load(source)().name for source in FLAVORS}
    deployer = read_stack(name).components.get("deployer")
    assert deployer is None or deployer.flavor in {"local", *ours}
