"""The commands about stacks, through the door, on a ZenML store: what they print, change and refuse."""

import threading
from types import SimpleNamespace

import pytest
from zenml.client import Client
from zenml.enums import StackComponentType

from stacks import activation, application, files
from stacks.activation import use_stack
from stacks.application import apply
from stacks.files import read_stack
from stacks.plan import find_stack
from stacks.resolution import resolve

DEPLOYER, ALERTER = "components.deployer.configuration", "components.alerter.configuration"
FILE = """name: small
description: Small.
runs: on this machine, in this process
variables:
  PORT: Port of the service.
  MAIL_HOST: Mail server.
components:
  orchestrator:
    flavor: local
  artifact_store:
    flavor: local
  deployer:
    flavor: local
    configuration:
      port: ${PORT:-8090}
  alerter:
    flavor: tagstack-smtp
    configuration:
      host: ${MAIL_HOST:-}
      username: "{{small-mail.username}}"
      password: "{{small-mail.password}}"
"""


@pytest.fixture
def small(tmp_path, monkeypatch, local_stack):
    """A stack file of our own; whatever comes of it is taken out again."""
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    monkeypatch.setenv("ZENML_ACTIVE_STACK_ID", str(local_stack.id))
    file = tmp_path / "small.yaml"
    file.write_text(FILE)
    yield file
    client = Client()
    if stack := find_stack(client, "small"):
        application.delete_stack(client, stack.id)
    for component in client.list_stack_components(name="startswith:tagstack-small", size=100).items:
        client.zen_store.delete_stack_component(component.id)


def components(name="small"):
    return {kind.value: part for kind, [part] in find_stack(Client(), name).components.items()}


def test_apply_shows_what_it_adds_then_that_nothing_changes_then_each_attribute(small, door):
    assert door("stacks", "apply", "small", "--dry-run").stdout.startswith("+ stack small\n  + orchestrator local\n")
    assert find_stack(Client(), "small") is None
    first = door("stacks", "apply", "small")
    assert (first.exit_code, first.stdout.splitlines()[0]) == (0, "+ stack small")
    assert "      + port                         8090" in first.stdout.splitlines()
    assert door("stacks", "apply", "small").stdout == "unchanged\n"
    before = components()
    changed = door("stacks", "apply", "small", "--var", "PORT=8091")
    assert changed.stdout.splitlines()[:3] == [
        "~ stack small", "  ~ deployer local", "      ~ port                         8090 -> 8091",
    ]  # fmt: skip
    assert {kind: part.id for kind, part in components().items()} == {kind: part.id for kind, part in before.items()}
    assert door("stacks", "apply", "small").stdout == "unchanged\n"  # what --var gave is remembered


def test_a_component_that_the_file_drops_or_gets_is_taken_out_or_added(small, door):
    door("stacks", "apply", "small")
    small.write_text(FILE.partition("  alerter:")[0].replace("  MAIL_HOST: Mail server.\n", ""))
    assert "  - alerter tagstack-smtp" in door("stacks", "apply", "small").stdout.splitlines()
    assert "alerter" not in components()
    assert Client().list_stack_components(name="tagstack-small", type=StackComponentType.ALERTER).total == 0
    small.write_text(FILE)
    assert "  + alerter tagstack-smtp" in door("stacks", "apply", "small").stdout.splitlines()
    assert set(components()) == {"orchestrator", "artifact_store", "deployer", "alerter"}


def test_an_artifact_store_that_moves_is_a_new_component_as_artifacts_stay_where_they_are(small, door, tmp_path):
    door("stacks", "apply", "small")
    before = components()["artifact_store"]
    moved = f"artifact_store:\n    flavor: local\n    configuration:\n      path: {tmp_path}"
    small.write_text(FILE.replace("artifact_store:\n    flavor: local", moved))
    assert f"      + path                         {tmp_path}" in door("stacks", "apply", "small").stdout.splitlines()
    after = components()["artifact_store"]
    assert after.id != before.id
    assert Client().get_stack_component(StackComponentType.ARTIFACT_STORE, before.id).configuration == {}
    small.write_text(FILE)
    door("stacks", "apply", "small")
    assert components()["artifact_store"].id == before.id


def test_a_component_of_another_flavor_is_a_new_one_and_nothing_is_left_behind(small, door):
    door("stacks", "apply", "small")
    small.write_text(FILE.replace("deployer:\n    flavor: local", "deployer:\n    flavor: docker"))
    assert "  ~ deployer docker" in door("stacks", "apply", "small").stdout.splitlines()
    assert components()["deployer"].flavor_name == "docker"
    assert Client().list_stack_components(name="startswith:tagstack-small", type=StackComponentType.DEPLOYER).total == 1
    door("stacks", "remove", "small")
    assert Client().list_stack_components(name="startswith:tagstack-small").total == 0


def test_a_component_that_a_person_put_in_place_of_ours_stays(small, door, local_stack):
    door("stacks", "apply", "small")
    own = local_stack.components[StackComponentType.DEPLOYER][0]
    Client().update_stack("small", component_updates={StackComponentType.DEPLOYER: [own.id]})
    said = door("stacks", "apply", "small", "--var", "PORT=8095").stdout
    assert f"kept: deployer {own.name}, which is not of the file" in said
    assert components()["deployer"].id == own.id


def test_a_person_s_own_stack_of_the_same_name_is_used_and_never_changed(small, refused, local_stack):
    kinds = (StackComponentType.ORCHESTRATOR, StackComponentType.ARTIFACT_STORE)
    Client().create_stack("small", {kind: local_stack.components[kind][0].id for kind in kinds})
    own = find_stack(Client(), "small")
    assert use_stack("small").id == own.id
    for command in ("apply", "remove"):
        assert "was not made from a stack file" in refused("stacks", command, "small", code=2)
    assert find_stack(Client(), "small").updated == own.updated


def test_a_run_applies_a_file_that_has_changed_and_leaves_alone_what_a_person_changed(small, monkeypatch):
    use_stack("small")
    deployer = components()["deployer"]
    Client().update_stack_component(deployer.id, StackComponentType.DEPLOYER, configuration={"port": 9000})
    use_stack("small")
    assert components()["deployer"].configuration["port"] == 9000
    monkeypatch.setenv("PORT", "8092")
    use_stack("small")
    assert components()["deployer"].configuration["port"] == 8092


def test_a_stack_of_an_earlier_version_gets_what_is_missing_and_keeps_the_rest(small):
    client = Client()
    first = client.create_stack_component("tagstack-small", "local", StackComponentType.ORCHESTRATOR, {})
    store = client.create_stack_component("tagstack-small", "local", StackComponentType.ARTIFACT_STORE, {})
    port = client.create_stack_component("tagstack-small", "local", StackComponentType.DEPLOYER, {"port": 9000})
    kinds = (StackComponentType.ORCHESTRATOR, StackComponentType.ARTIFACT_STORE, StackComponentType.DEPLOYER)
    client.create_stack("small", dict(zip(kinds, (first.id, store.id, port.id), strict=True)))
    use_stack("small")
    assert set(components()) == {"orchestrator", "artifact_store", "deployer", "alerter"}
    assert components()["deployer"].configuration["port"] == 9000


def test_remove_takes_ours_away_and_keeps_what_others_use(small, door):
    door("stacks", "apply", "small")
    shared = components()
    kinds = (StackComponentType.ORCHESTRATOR, StackComponentType.ARTIFACT_STORE)
    other = Client().create_stack("others", {kind: shared[kind.value].id for kind in kinds})
    lines = door("stacks", "remove", "small").stdout.splitlines()
    assert {"- deployer tagstack-small", "- alerter tagstack-small", "Stack small is removed."} <= set(lines)
    assert "kept: orchestrator tagstack-small, as stack others uses it" in lines
    assert find_stack(Client(), "small") is None
    assert door("stacks", "remove", "small").stdout == "unchanged: it is not registered\n"
    application.delete_stack(Client(), other.id)


def test_the_active_stack_is_not_removed(small, door, refused, monkeypatch):
    door("stacks", "apply", "small")
    monkeypatch.setenv("ZENML_ACTIVE_STACK_ID", str(find_stack(Client(), "small").id))
    assert "choose another first with `zenml stack set default`" in refused("stacks", "remove", "small", code=2)


def test_two_applies_at_once_make_one_stack(small):
    resolved = resolve(read_stack("small"))
    ended = []

    def run():
        try:
            ended.append(apply(Client(), resolved)[1].id)
        except Exception as error:  # noqa: BLE001 - shown below
            ended.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [find_stack(Client(), "small").id] * 2
    assert {len(parts) for parts in find_stack(Client(), "small").components.values()} == {1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("flavor: local\n  artifact", "flavor: locl\n  artifact"),
            "9: components.orchestrator.flavor: ZenML has no orchestrator of flavor 'locl'; did you mean local?",
        ),
        (("port:", "prot:"), f"15: {DEPLOYER}.prot: flavor local has no such key; did you mean port?"),
        (("${PORT:-8090}", "${PORT:-eighty}"), f"15: {DEPLOYER}.port: Input should be a valid integer"),
        (("${PORT:-8090}", "${PORT:-1}\n      auth_key: hunter2"), f"16: {DEPLOYER}.auth_key: a secret must not stand"),
        (('"{{small-mail.password}}"', "hunter2"), f"21: {ALERTER}.password: a secret must not stand in a stack file"),
        (("${MAIL_HOST:-}", "${MAIL_HOST:-h}\n      security: tsl"), f"20: {ALERTER}.security: Input should be"),
    ],
)
def test_a_configuration_that_zenml_s_flavor_refuses_is_told_with_its_line(small, refused, change, message):
    assert change[0] in FILE
    small.write_text(FILE.replace(*change))
    line = refused("stacks", "apply", "small", code=2)
    assert line.startswith(f"Error: stacks/small.yaml:{message}")
    assert find_stack(Client(), "small") is None


def test_a_variable_that_is_not_set_is_asked_for_with_its_meaning(small, door, refused, monkeypatch):
    small.write_text(FILE.replace("${PORT:-8090}", "${PORT}"))
    needed = "Stack small needs PORT (PORT: Port of the service); set them in the environment, or apply it with"
    assert needed in refused("stacks", "apply", "small", code=2)
    assert needed in refused("--pipeline", "training", "--stack", "small", code=2)
    assert "  port                           <PORT is not set>" in door("stacks", "show", "small").stdout.splitlines()
    assert "PORT" in door("stacks", "list").stdout
    checked = door("stacks", "check", "small")
    assert checked.exit_code == 1
    assert (
        "BAD  variables          PORT is not set (Port of the service); `export PORT=...`, or --var PORT=..."
        in checked.stdout
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("apply", "smal"), "There is no stack 'smal'; did you mean small?"),
        (("show", "zzz"), "There is no stack 'zzz'; choose one of: "),
        (("remove", "zzz"), "There is no stack 'zzz'; choose one of: "),
        (("check", "small", "--var", "PROT=1"), "--var PROT: the stack has no such variable; did you mean PORT?"),
        (("apply", "small", "--var", "PORT"), "--var 'PORT' is not of the form NAME=value."),
    ],
)
def test_what_is_unknown_is_refused_with_the_nearest(small, refused, args, message):
    assert message in refused("stacks", *args, code=2)


def test_check_finds_what_a_small_stack_lacks_and_says_how_to_mend_it(small, door):
    result = door("stacks", "check", "small", "--var", "MAIL_HOST=127.0.0.1")
    assert result.exit_code == 1
    bad = [line for line in result.stdout.splitlines() if line.startswith("BAD")]
    command = "zenml secret create small-mail --username=... --password=..."
    assert bad == [
        f"BAD  secrets            the ZenML secret small-mail does not exist; `{command}`",
        "BAD  components         no experiment_tracker; add one to stacks/small.yaml",
        "BAD  components         no model_registry; add one to stacks/small.yaml",
    ]
    assert result.stderr.endswith("Error: 3 findings are not well; the lines above say what to do.\n")


ELSEWHERE = """name: small
description: Runs elsewhere, and stores here.
runs: where Airflow runs
zenml: server
components:
  orchestrator:
    flavor: airflow
    configuration: {local: false, dag_output_dir: /no/dags}
  artifact_store: {flavor: local}
  experiment_tracker: {flavor: mlflow}
  model_registry: {flavor: mlflow}
  data_validator: {flavor: tagstack-evidently}
  alerter: {flavor: tagstack-smtp}
  image_builder: {flavor: local}
"""


def test_what_lies_on_this_machine_is_found_under_steps_that_run_elsewhere(small, door, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    small.write_text(ELSEWHERE)
    result = door("stacks", "check", "small")
    bad = [line[5:] for line in result.stdout.splitlines() if line.startswith("BAD")]
    engine, start = f"unix://{tmp_path}/none.sock", "`systemctl start docker`, or set DOCKER_HOST"
    change = "but steps run where Airflow runs; change it in stacks/small.yaml"
    assert bad == [
        "components         no container_registry; add one to stacks/small.yaml",
        f"placement          artifact_store: artifacts lie on the disk of this machine, {change}",
        f"placement          experiment_tracker: MLflow's store is a file of this machine, {change}",
        f"placement          data_validator: its workspace is a folder of this machine, {change}",
        f"placement          alerter: mail is written into a folder of this machine, {change}",
        "zenml              ZenML's store is a file of this machine, the stack needs a server; `zenml login https://...`",
        "orchestrator       /no/dags is no folder that can be written; `mkdir -p /no/dags`, or set AIRFLOW_DAGS",
        f"container          no container engine answers at {engine} (no such socket); {start}",
    ]


def test_a_server_of_another_version_is_found(small, door, monkeypatch):
    monkeypatch.setattr("stacks.check.zenml", SimpleNamespace(__version__="0.97.0"))
    said = door("stacks", "check", "small").stdout
    assert "BAD  zenml              server 0.98.0, client 0.97.0; `pip install zenml==0.98.0`" in said


def test_the_shipped_local_stack_is_well(door, local_stack):
    result = door("stacks", "check", "local")
    assert result.exit_code == 0, result.output
    assert {line[:3] for line in result.stdout.splitlines()} == {"ok "}


def test_an_apply_that_is_always_disturbed_gives_up(small, monkeypatch):
    from zenml.exceptions import EntityExistsError

    def disturbed(*_):
        raise EntityExistsError("another process")

    monkeypatch.setattr(application, "carry_out", disturbed)
    with pytest.raises(Exception, match="Stack small is changed by somebody else; try again"):
        activation.use_stack("small")
