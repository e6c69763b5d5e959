"""The images of stacks that run containers: our Dockerfile, the locks, and the code on top.

ZenML builds the stage `environment` of the Dockerfile, whose layers change with the locks and the encoder only, and
adds the code, which is small. Stacks that run no containers never come here.
"""

from __future__ import annotations

import hashlib
import os
import urllib.parse
from collections.abc import Sequence

from zenml.config import DockerSettings
from zenml.config.docker_settings import DockerBuildConfig, DockerBuildOptions, PythonPackageInstaller
from zenml.deployers.containerized_deployer import ContainerizedDeployer
from zenml.orchestrators import ContainerizedOrchestrator
from zenml.stack import Stack

from tagstack.errors import UsageError
from tagstack.paths import PROJECT

USER = "1000:1000"
STAGE = "environment"
BASE_VARIABLE = "TAGSTACK_BASE_IMAGE"
"""Another image with Python 3.11 to build on, such as a company's own."""
INDEX_VARIABLE = "PIP_INDEX_URL"
ALWAYS = ("runtime", "postgresql", "s3")
"""The locks of every image, which the Dockerfile installs by itself; a stack's other extras come on top."""


def runs_in_containers(stack: Stack) -> bool:
    """Say whether steps or the service of a stack run in images that are built for them."""
    return isinstance(stack.orchestrator, ContainerizedOrchestrator) or isinstance(
        stack.deployer, ContainerizedDeployer
    )


def docker_settings(extras: Sequence[str] = ()) -> DockerSettings:
    """Return how the image is built.

    Args:
        extras: Extras of the project that the stack needs; each has a lock of its name.

    Raises:
        UsageError: An extra has no lock, or the address of the package index holds a password.
    """
    added = [name for name in dict.fromkeys(extras) if name not in ALWAYS]
    locks = [f"requirements/{name}.txt" for name in (*ALWAYS, *added)]
    arguments = {"EXTRAS": " ".join(added), **_surroundings()}
    # The lock's content is a label as ZenML takes a build again by the settings, and looks into no other file.
    options = DockerBuildOptions(build_args=arguments, labels={"tagstack.locks": _sha256(locks)}, target=STAGE)
    return DockerSettings(
        dockerfile=str(PROJECT / "Dockerfile"),
        build_context_root=str(PROJECT),
        parent_image_build_config=DockerBuildConfig(build_options=options),
        python_package_installer=PythonPackageInstaller.PIP,  # uv would be installed for nothing
        install_stack_requirements=False,
        install_deployment_requirements=False,
        local_project_install_command="python -m compileall -q .",
        allow_download_from_artifact_store=False,
        allow_download_from_code_repository=False,
        user=USER,
    )


def _surroundings() -> dict[str, str]:
    """Return what the surroundings say of where base image and packages come from."""
    index = os.environ.get(INDEX_VARIABLE)
    if index and "@" in urllib.parse.urlsplit(index).netloc:
        raise UsageError(
            f"{INDEX_VARIABLE} holds a user or password, which would be stored with the image's settings; "
            "let the build find it in a pip.conf of the base image instead."
        )
    given = {"BASE": os.environ.get(BASE_VARIABLE), INDEX_VARIABLE: index}
    return {name: value for name, value in given.items() if value}


def _sha256(locks: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for lock in locks:
        try:
            digest.update((PROJECT / lock).read_bytes())
        except FileNotFoundError:
            raise UsageError(f"There is no lock {lock}; `make lock` writes those of all extras.") from None
    return digest.hexdigest()
