"""Every stack file in a throw-away ZenML store: registered as it says, and all pipelines compiled against it.

Where the package of a cloud is not installed, its component is replaced by one that has ZenML's own configuration and
settings of that flavor and does nothing; nothing is compiled further than to ZenML's own snapshot.
"""

import datetime as dt
import importlib

import pytest
from zenml.client import Client
from zenml.config.base_settings import BaseSettings
from zenml.config.compiler import Compiler
from zenml.config.pipeline_run_configuration import PipelineRunConfiguration
from zenml.enums import StackComponentType
from zenml.stack import Flavor, Stack
from zenml.stack.stack_component import StackComponent
from zenml.utils import source_utils

from stacks.application import apply, remove
from stacks.files import read_stack, stack_names
from stacks.placement import containerised, local_parts, runs_elsewhere
from stacks.plan import find_stack, make_plan
from stacks.resolution import resolve, validate
from stacks.secret_references import referred
from tagstack.config import Settings
from tagstack.paths import PROJECT

VARIABLES = {
    "S3_ENDPOINT": "http://127.0.0.1:8333",
    "S3_BUCKET": "bucket",
    "MLFLOW_URL": "http://127.0.0.1:5000",
    "EVIDENTLY_URL": "https://evidently.example.org",
    "SMTP_HOST": "mail.example.org",
    "REGISTRY": "registry.example.org",
    "SSH_HOST": "host.example.org",
    "SSH_USER": "ann",
    "AIRFLOW_DAGS": "/srv/dags",
    "KUBE_CONTEXT": "cluster",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCOUNT": "123456789012",
    "SAGEMAKER_ROLE": "arn:aws:iam::123456789012:role/tagstack",
    "GCP_PROJECT": "project",
    "GCP_REGION": "europe-west3",
    "GCP_BUCKET": "bucket",
    "VERTEX_SERVICE_ACCOUNT": "tagstack@project.iam.gserviceaccount.com",
    "AZURE_SUBSCRIPTION": "00000000-0000-0000-0000-000000000000",
    "AZURE_RESOURCE_GROUP": "group",
    "AZURE_WORKSPACE": "workspace",
    "AZURE_REGISTRY": "registry",
}
INPUTS = {
    "training": {},
    "deployment": {"candidate": None},
    "drift": {"as_of": None, "silent": True},
    "backfill": {},
}


def resolved_of(name):
    file = read_stack(name)
    return resolve(file, [f"{key}={value}" for key, value in VARIABLES.items() if key in file.defaults()])


@pytest.fixture(scope="module")
def secrets(local_stack):
    """The secrets that stacks refer to, of made-up values."""
    client = Client()
    parts = [part.configuration for name in stack_names() for part in resolved_of(name).parts.values()]
    names = referred(iter(parts))
    for name, keys in names.items():
        client.create_secret(name, dict.fromkeys(keys or ["account_name"], "made-up"))
    yield names
    for name in names:
        client.delete_secret(name)


@pytest.fixture(scope="module")
def registered(secrets):
    """All stacks, by name, registered with made-up addresses."""
    client = Client()
    yield {name: apply(client, resolved_of(name))[1] for name in stack_names() if name != "local"}
    for name in stack_names():
        if name != "local":
            remove(client, name)


def stand_in(flavor):
    """Return a component class of a flavor whose own cannot be imported."""
    bases = {
        kind: importlib.import_module(module).__dict__[name]
        for kind, module, name in (
            (StackComponentType.ORCHESTRATOR, "zenml.orchestrators", "BaseOrchestrator"),
            (StackComponentType.ARTIFACT_STORE, "zenml.artifact_stores", "BaseArtifactStore"),
            (StackComponentType.CONTAINER_REGISTRY, "zenml.container_registries", "BaseContainerRegistry"),
            (StackComponentType.DEPLOYER, "zenml.deployers", "BaseDeployer"),
        )
    }
    settings = [
        c for c in flavor.config_class.__mro__ if issubclass(c, BaseSettings) and c.__name__.endswith("Settings")
    ]
    made = type("StandIn", (bases[flavor.type],), {"settings_class": settings[0] if settings else None})
    made.__abstractmethods__ = frozenset()
    return made


def open_stack(response):
    """Return the stack as ZenML runs pipelines on it, and the flavors that stand-ins were needed for."""
    components, replaced = {}, []
    for kind, [known] in response.components.items():
        model = Client().get_stack_component(kind, known.id)
        try:
            components[kind] = [StackComponent.from_model(model)]
        except ImportError:
            flavor = Flavor.from_model(model.flavor)
            replaced.append(model.flavor_name)
            components[kind] = [
                stand_in(flavor)(
                    name=model.name, id=model.id, config=flavor.config_class(**model.configuration), type=kind,
                    flavor=model.flavor_name, user=None, created=dt.datetime.now(), updated=dt.datetime.now(),
                )
            ]  # fmt: skip
    return Stack.from_components_v2(id=response.id, name=response.name, components=components), replaced


@pytest.mark.parametrize("name", sorted(set(stack_names()) - {"local"}))
def test_a_stack_has_in_zenml_what_its_file_says_and_is_unchanged_when_applied_again(registered, name):
    stack = registered[name]
    file = read_stack(name)
    assert {kind: [part] for kind, [part] in stack.components.items()}.keys() == file.components.keys()
    assert {kind: part.flavor_name for kind, [part] in stack.components.items()} == {
        kind: part.flavor for kind, part in file.components.items()
    }
    assert make_plan(Client(), resolved_of(name)).is_empty


@pytest.fixture(scope="module")
def pipelines(local_stack):
    """All pipelines with their steps, made ready once."""
    source_utils.set_custom_source_root(str(PROJECT))
    made = []
    for name, inputs in INPUTS.items():
        made.append(getattr(importlib.import_module(f"pipelines.{name}"), name).copy())
        made[-1].prepare(Settings(), **inputs)
    return made


@pytest.mark.parametrize("name", stack_names())
def test_all_pipelines_compile_against_a_stack(registered, pipelines, name):
    stack, replaced = open_stack(registered.get(name) or find_stack(Client(), "local"))
    clouds = {"ssh", "kubernetes", "sagemaker", "vertex", "azureml", "aws", "gcp", "azure"}
    assert {flavor.removeprefix("tagstack-") for flavor in replaced} <= clouds
    for pipeline in pipelines:
        snapshot = Compiler().compile(pipeline, stack, PipelineRunConfiguration())
        assert len(snapshot.step_configurations) == len(pipeline.invocations) > 3


@pytest.mark.parametrize("name", stack_names())
def test_nothing_lies_on_this_machine_where_steps_run_elsewhere(registered, name):
    resolved = resolved_of(name)
    configs = validate(Client(), resolved)
    assert list(local_parts(resolved, configs)) == []
    if runs_elsewhere(resolved):  # the orchestrators of clouds refuse any other stack when they run
        assert [kind.value for kind, config in configs.items() if config.is_local] == []
        assert containerised(resolved)
        assert resolved.file.zenml == "server"
        assert {StackComponentType.IMAGE_BUILDER, StackComponentType.CONTAINER_REGISTRY} <= configs.keys()
