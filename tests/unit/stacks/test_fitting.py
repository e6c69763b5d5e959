"""A pipeline is fitted to its stack: nothing on one machine, resources and images elsewhere."""

from types import SimpleNamespace

import pytest
from zenml.enums import ExecutionMode, StackComponentType

from stacks import fitting, images
from stacks.fitting import fit
from tagstack.errors import UsageError
from tagstack.settings_file import load_settings

ASKED = load_settings(assignments=["resources.embed.memory=4GB", "resources.embed.cpu=2", "resources.plan.cpu=1"])


class Pipeline:
    """A pipeline that keeps its options."""

    def __init__(self, *, is_dynamic=False):
        self.is_dynamic, self.options = is_dynamic, {}
        self.configuration = SimpleNamespace(execution_mode=ExecutionMode.FAIL_FAST)

    def with_options(self, **options):
        self.options = options
        return self


@pytest.fixture
def stack(monkeypatch):
    def make(flavor, *, containers=False, dynamic=True, modes=tuple(ExecutionMode)):
        orchestrator = SimpleNamespace(supports_dynamic_pipelines=dynamic, supported_execution_modes=modes)
        active = SimpleNamespace(orchestrator=orchestrator)
        monkeypatch.setattr(fitting, "Client", lambda: SimpleNamespace(active_stack=active))
        monkeypatch.setattr(images, "runs_in_containers", lambda _: containers)
        part = SimpleNamespace(flavor_name=flavor)
        return SimpleNamespace(name="mine", components={StackComponentType.ORCHESTRATOR: [part]})

    return make


def test_one_machine_is_left_alone(stack):
    for flavor in ("local", "local_docker"):
        pipeline = Pipeline()
        assert fit(pipeline, ["embed"], ASKED, stack(flavor)) is pipeline
        assert pipeline.options == {}


def test_a_cluster_gives_its_steps_what_they_ask_for(stack):
    options = fit(Pipeline(), ["embed", "train"], ASKED, stack("sagemaker")).options
    assert options.keys() == {"steps"}
    assert options["steps"].keys() == {"embed"}  # `plan` is of another pipeline, and `train` asks for nothing
    asked = options["steps"]["embed"]["settings"]["resources"]
    assert (asked.cpu_count, asked.memory) == (2, "4GB")


def test_pods_request_what_their_steps_ask_for(stack):
    options = fit(Pipeline(), ["embed"], ASKED, stack("kubernetes")).options
    requests = {"cpu": "2000m", "memory": "3815Mi"}
    assert options["steps"]["embed"]["settings"] == {
        "orchestrator.kubernetes": {"pod_settings": {"resources": {"requests": requests}}}
    }


def test_an_orchestrator_that_stops_nothing_is_not_asked_to(stack):
    modes = [ExecutionMode.CONTINUE_ON_FAILURE]  # all that ZenML knows of Airflow, SageMaker, Vertex and AzureML
    options = fit(Pipeline(), [], load_settings(), stack("vertex", modes=modes)).options
    assert options == {"execution_mode": ExecutionMode.CONTINUE_ON_FAILURE}


def test_containers_get_images(stack):
    options = fit(Pipeline(), [], load_settings(), stack("kubernetes", containers=True)).options
    assert options["settings"]["docker"].dockerfile.endswith("/Dockerfile")


@pytest.mark.parametrize("flavor", ["kubeflow", "airflow"])
def test_a_stack_without_dynamic_pipelines_is_refused_without_its_libraries(stack, flavor):
    with pytest.raises(UsageError, match=f"^Stack 'mine' cannot run the backfill: its orchestrator {flavor} knows no"):
        fit(Pipeline(is_dynamic=True), [], load_settings(), stack(flavor))


def test_an_orchestrator_that_says_no_is_refused(stack):
    with pytest.raises(UsageError, match="choose a stack on local, local_docker, ssh, kubernetes"):
        fit(Pipeline(is_dynamic=True), [], load_settings(), stack("mine", dynamic=False))
