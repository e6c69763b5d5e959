"""The kinds of stack components that are ours, made known to ZenML, and those that ZenML has."""

from __future__ import annotations

from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.exceptions import EntityExistsError
from zenml.models import FlavorRequest, FlavorResponse, FlavorUpdate
from zenml.stack import Flavor
from zenml.utils import source_utils

FLAVORS: dict[str, str] = {
    "stacks.smtp_alerter.SmtpAlerterFlavor": "custom",
    "stacks.evidently_validator.EvidentlyWorkspaceFlavor": "custom",
    "stacks.docker_deployer.ServiceContainerFlavor": "custom",
    "stacks.service_image.KubernetesServiceFlavor": "kubernetes",
    "stacks.service_image.AWSServiceFlavor": "aws",
    "stacks.service_image.GCPServiceFlavor": "gcp",
}
"""Where their classes are, and whose packages they need: ZenML's integration, which it names where one is missing.

Their modules import nothing heavy: they are loaded whenever a stack is.
"""


def register_flavors(client: Client) -> None:
    """Register our flavors where ZenML does not know them, and bring those up to date that it knows otherwise."""
    for source, integration in FLAVORS.items():
        _register(client, source_utils.load(source)().to_model(integration=integration, is_custom=True))


def find_flavor(client: Client, kind: StackComponentType, name: str) -> Flavor | None:
    """Return a flavor, ours or ZenML's; None where there is none of the name."""
    for source in FLAVORS:
        flavor: Flavor = source_utils.load(source)()
        if (flavor.type, flavor.name) == (kind, name):
            return flavor
    try:
        return Flavor.from_model(client.get_flavor_by_name_and_type(name=name, component_type=kind))
    except KeyError:
        return None


def _register(client: Client, request: FlavorRequest) -> None:
    known = client.list_flavors(name=request.name, type=request.type, hydrate=True).items
    if known and _differs(known[0], request):
        client.zen_store.update_flavor(known[0].id, FlavorUpdate.model_validate(dict(request)))
    elif not known:
        try:
            client.zen_store.create_flavor(request)
        except EntityExistsError:
            return  # by another process, a moment ago


def _differs(known: FlavorResponse, request: FlavorRequest) -> bool:
    was = (known.source, known.config_schema, known.integration)
    return was != (request.source, request.config_schema, request.integration)
