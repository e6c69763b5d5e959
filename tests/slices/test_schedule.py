"""Schedules: by the stack where its orchestrator has a clock, else by files for the caller's own."""

import pytest
import yaml
from zenml.client import Client
from zenml.enums import StackComponentType

from commands.schedule import print_schedule
from stacks.activation import use_stack
from tagstack.errors import SourceError, UsageError
from tagstack.settings_file import load_settings


@pytest.fixture
def schedule(local_stack, monkeypatch, capsys):
    """Ask for a schedule: what is printed on stdout and stderr."""
    monkeypatch.setenv("ZENML_ACTIVE_STACK_ID", str(local_stack.id))

    def make(expression="0 6 * * *", **more):
        print_schedule(expression, settings=load_settings(), **({"stack": "local"} | more))
        said = capsys.readouterr()
        return said.out, said.err

    return make


@pytest.fixture(scope="module")
def timed_stack(local_stack, project):
    """The stack `timed`: `local` with an orchestrator that has a clock."""
    client = Client()
    client.create_flavor("tests.slices.timed_orchestrator.TimedFlavor", StackComponentType.ORCHESTRATOR)
    client.create_stack_component("timed", "timed", StackComponentType.ORCHESTRATOR, configuration={})
    components = {kind: part[0].id for kind, part in use_stack("local").components.items()}
    return client.create_stack("timed", {**components, StackComponentType.ORCHESTRATOR: "timed"})


def test_a_stack_without_a_clock_says_so_and_all_files_are_printed(schedule, tmp_path):
    out, err = schedule(options=("--on-drift", "retrain"))
    assert err.splitlines()[0] == ("The local orchestrator of stack local starts nothing by itself; one of these does.")
    line = next(line for line in out.splitlines() if line.startswith("0 6 * * * "))
    assert "run.py --pipeline drift --stack local --on-drift retrain" in line
    assert "ZENML_CONFIG_PATH=" in line
    assert "OnCalendar=*-*-* 06:00:00\n" in out
    workflow = out[out.index("# .github/") :]
    assert yaml.safe_load(workflow)["name"] == "tagstack-drift"
    assert Client().list_schedules().total == 0


@pytest.mark.parametrize(
    ("form", "first"),
    [("cron", "# crontab -e"), ("systemd", "# ~/.config/systemd/user/"), ("github", "# .github/workflows/")],
)
def test_one_file_is_printed_alone(schedule, form, first):
    out, err = schedule(form=form)
    assert out.startswith(first)
    assert out.count("\n# ") <= 2
    assert err == "Passwords belong in ~/.config/tagstack.env, lines NAME=value, mode 600.\n"


def test_a_stack_with_a_clock_gets_the_schedule(schedule, timed_stack):
    options = ("--database-url", "sqlite:////data/so.db")
    out, err = schedule("@daily", pipeline="training", stack="timed", options=options)
    assert (out, err) == ("Stack timed runs training at 0 0 * * * (schedule tagstack-training-timed of ZenML).\n", "")
    (found,) = Client().list_schedules().items
    assert (found.name, found.cron_expression, found.active) == ("tagstack-training-timed", "0 0 * * *", True)
    snapshots = Client().list_snapshots(named_only=False, hydrate=True, size=1000).items
    (made,) = (one for one in snapshots if one.schedule)
    source = made.pipeline_configuration.parameters["settings"]["source"]
    assert source["database_url"] == "sqlite:////data/so.db"
    with pytest.raises(UsageError) as error:
        schedule("0 7 * * *", pipeline="training", stack="timed")
    assert str(error.value).startswith(
        "There is a schedule tagstack-training-timed already (0 0 * * *); remove it with "
    )


def test_what_is_more_than_one_pipeline_is_left_to_files(schedule, timed_stack):
    out, err = schedule(stack="timed", options=("--on-drift", "retrain"))
    assert err.splitlines()[0] == (
        "A schedule of stack timed runs one pipeline, and the training that follows from drift is more than that; one "
        "of these does."
    )
    assert "--on-drift retrain" in out
    assert "a deployment is more than that" in schedule(stack="timed", pipeline="deployment")[1]


def test_no_file_holds_a_password(schedule):
    address = "postgresql://reader:hunter2@db.example.org/so"
    with pytest.raises(UsageError) as error:
        schedule(form="cron", options=("--database-url", address))
    assert str(error.value) == (
        "A schedule holds no password: leave it out of the address and write TAGSTACK_DATABASE_PASSWORD=... into "
        "~/.config/tagstack.env."
    )
    with pytest.raises(UsageError, match="write TAGSTACK_STORE_PASSWORD="):
        schedule(form="cron", options=("--set", f"store.url={address}"))
    with pytest.raises(SourceError, match="malformed"):
        schedule(form="cron", options=("--database-url", "://"))


def test_the_job_gets_the_options_of_the_call(door, monkeypatch, project):
    monkeypatch.chdir(project / "configs")
    options = ("--stack", "local", "--config", "real.yaml", "--set", "drift.window_days=20")
    result = door(*options, "schedule", "--cron", "@daily", "--format", "cron", "--on-drift", "retrain")
    assert result.exit_code == 0, result.output
    words = result.stdout.splitlines()[1].split()
    assert words[words.index("--config") + 1] == "configs/real.yaml"
    assert words[words.index("--set") + 1] == "drift.window_days=20"
    assert words[words.index("--on-drift") + 1] == "retrain"


def test_what_is_no_cron_expression_is_refused_before_anything_else(schedule):
    with pytest.raises(UsageError, match="it has 2 fields, not 5"):
        schedule("6 o'clock", stack="nope")
