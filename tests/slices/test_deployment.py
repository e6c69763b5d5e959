"""The deployment pipeline with a real local service: first promotion, refusal, hot swap, rollback, interruption."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from zenml.client import Client

from stacks import mlflow_registry, promotion, versions
from stacks.live_service import LiveService
from stacks.promotion import Move
from stacks.standing import Standing, read_standing
from tagstack.errors import PromotionError, ServiceError
from tagstack.settings_file import load_settings
from tagstack.store import ledger
from tagstack.store.database import open_store

NAME = "deployed"
DEPLOYMENT = (
    f"model_name={NAME}",
    "source.until=2024-03-01",
    "contract.max_bad_share=0.2",
    "policy.min_new_questions=20",
    "policy.floors.micro_f1=0.05",
    "policy.floors.jaccard=0.02",
    "policy.floors.at_least_one_in_top_5=0.2",
    "policy.floors.coverage=0.02",
    "deployment.wait_seconds=120",
    "service.poll_seconds=0.2",
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(local_stack):
    with open_store() as opened:
        yield opened


@pytest.fixture(scope="module")
def first(train):
    """A version that has learned little, which is enough while there is no other."""
    train(f"model_name={NAME}", "model.dense.max_epochs=1", *(line for line in DEPLOYMENT if "floors" in line))
    yield 1
    for deployment in Client().list_deployments(name=NAME):
        Client().delete_deployment(deployment.id, force=True)


@pytest.fixture
def deploy(door):
    """Run `run.py --pipeline deployment` with this module's settings."""
    settings = [part for line in DEPLOYMENT for part in ("--set", line)]

    def run(*options):
        result = door(*settings, "--pipeline", "deployment", *options)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def standing(store):
    return read_standing(NAME, store)


def address():
    [deployment] = Client().list_deployments(name=NAME).items
    return deployment.url


def ask(title="Group rows of a DataFrame by month"):
    answer = httpx.post(f"{address()}/suggest", json={"title": title, "body": "<p>With pandas.</p>"}, timeout=30)
    assert answer.status_code == 200
    return answer.json()


def doctor(door, *options):
    return door("--set", f"model_name={NAME}", "doctor", *options)


def stages():
    return {version.number: version.stage for version in versions.list_versions(NAME)}


def test_a_first_promotion_that_fails_leaves_nothing_in_production(first, store, monkeypatch):
    def fail(*_):
        raise ServiceError("The service at http://127.0.0.1:8080 does not answer.")

    monkeypatch.setattr(LiveService, "bring_up", fail)
    service = LiveService(load_settings(assignments=DEPLOYMENT), store, None)
    with pytest.raises(PromotionError, match=r"does not answer\. Everything was changed back"):
        promotion.carry_out(Move(NAME, 1, "promotion", "a test", {}), store, service)
    assert standing(store) == Standing(production=None, champion=1, target=None)
    assert stages() == {1: "staging"}


@pytest.fixture(scope="module")
def served(first, store, local_stack, request):
    """The first version in production, and its service running."""
    from click.testing import CliRunner

    from run import cli

    before = dict(os.environ)
    settings = [part for line in DEPLOYMENT for part in ("--set", line)]
    dry = CliRunner().invoke(cli, [*settings, "--pipeline", "deployment", "--dry-run"])
    untouched, snapshots = standing(store), Client().list_snapshots(pipeline="service", named_only=False).total
    result = CliRunner().invoke(cli, [*settings, "--pipeline", "deployment"])
    os.environ.clear()
    os.environ.update(before)
    assert result.exit_code == 0, result.output
    return {"dry": dry.stdout, "untouched": untouched, "snapshots": snapshots, "output": result.stdout}


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(served):
    assert "Dry run: version 1 would go into production; nothing was changed." in served["dry"]
    assert served["untouched"] == Standing(production=None, champion=1, target=None)
    assert served["snapshots"] == 0  # for which an image may have to be built


def test_what_came_of_a_decision_is_noted_at_its_run(served):
    runs = Client().list_pipeline_runs(pipeline="deployment", sort_by="asc:created", size=2, hydrate=True).items
    told = [(run.run_metadata["line"], run.run_metadata["changed"]) for run in runs]
    assert told == [
        ("Dry run: version 1 would go into production; nothing was changed.", False),
        ("Version 1 is in production.", True),
    ]


def test_the_first_deployment_ends_with_a_running_service_and_prints_its_address(served, store):
    assert "Version 1 is in production.\n" in served["output"]
    assert f"The service:  {address()}\n" in served["output"]
    assert standing(store) == Standing(production=1, champion=1, target=1)
    answer = ask()
    assert answer["model_version"] == 1
    decision = {"suggestion_id": answer["suggestions"][0]["suggestion_id"], "kept": [], "added": ["pandas"]}
    assert httpx.post(f"{address()}/feedback", json=decision).json() == {"status": "recorded"}


def test_requests_make_no_pipeline_run(served):
    ask()
    assert Client().list_pipeline_runs(pipeline="service").total == 0


def test_the_doctor_agrees_after_the_first_deployment(served, door):
    result = doctor(door)
    assert result.exit_code == 0, result.output
    assert "Model Control Plane version 1, MLflow version 1, service version 1" in result.stdout


def test_with_nothing_in_staging_the_version_in_production_is_looked_after(served, deploy, store):
    rows = len(ledger.history(store, NAME))
    assert "Version 1 is in production and serves." in deploy()
    assert len(ledger.history(store, NAME)) == rows


@pytest.fixture(scope="module")
def better(served, train):
    """A second, better version in staging."""
    train(f"model_name={NAME}", "policy.min_new_questions=20")
    return 2


def test_a_promotion_that_fails_is_changed_back(better, store, monkeypatch):
    def fail(*_):
        raise ServiceError("The service answers other than version 2 did at training: golden question 1.")

    before, service = standing(store), LiveService(load_settings(assignments=DEPLOYMENT), store, None)
    monkeypatch.setattr(LiveService, "smoke_test", fail)
    with pytest.raises(
        PromotionError, match=r"^Version 2 did not go into production: .* Everything was changed back\.$"
    ):
        promotion.carry_out(Move(NAME, 2, "promotion", "a test", {}), store, service)
    assert standing(store) == before
    assert mlflow_registry.zenml_version(mlflow_registry.connect(), NAME, mlflow_registry.CHALLENGER) == 2
    assert stages() == {1: "production", 2: "staging"}
    assert ask()["model_version"] == 1
    row = ledger.history(store, NAME)[0]
    assert (row.status, row.to_version, row.progress) == ("undone", 2, "service")
    assert "golden question 1" in row.note


def test_a_damaged_version_never_reaches_the_service(better, store):
    artifact = versions.find_version(NAME, "2").get_artifact("model")
    weights = next(Path(artifact.uri).rglob("weights.safetensors"))
    intact, before = weights.read_bytes(), standing(store)
    service = LiveService(load_settings(assignments=DEPLOYMENT), store, None)
    weights.write_bytes(intact[:-1] + bytes([intact[-1] ^ 1]))
    try:
        with pytest.raises(PromotionError, match=r"its hash differs.* Everything was changed back"):
            promotion.carry_out(Move(NAME, 2, "promotion", "a test", {}), store, service)
    finally:
        weights.write_bytes(intact)
    assert standing(store) == before
    assert ask()["model_version"] == 1


POINTS = ("begin", "production", "champion", "target", "service", "smoke test")


def test_a_process_killed_between_any_two_writes_leaves_what_the_next_one_repairs(better, store):
    script = Path(__file__).with_name("killed_promotion.py")
    before = standing(store)
    command = [sys.executable, str(script), NAME, "2", *POINTS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env=dict(os.environ), check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["point"] for one in told] == list(POINTS)
    for one in told:
        assert one["signal"] == signal.SIGKILL, one
        assert "was interrupted; it is undone" in one["repaired"]
        assert one["after"] == {"production": before.production, "champion": before.champion, "target": before.target}
        assert one["stages"] == {"1": "production", "2": "staging"}
    left = {one["point"]: one["left"]["production"] for one in told}
    assert left == {"begin": 1} | dict.fromkeys(POINTS[1:], 2)
    assert ask()["model_version"] == 1


def leave_killed(point):
    """Leave a promotion of version 2 whose process was killed after a write."""
    command = [sys.executable, str(Path(__file__).with_name("killed_promotion.py")), NAME, "2", point, "--leave"]
    subprocess.run(command, capture_output=True, text=True, timeout=100, env=dict(os.environ), check=True)


def test_the_doctor_finds_a_killed_promotion_and_repairs_it(better, store, door):
    leave_killed("champion")
    ill = doctor(door)
    assert ill.exit_code == 1
    assert "was interrupted; run with --repair" in ill.stdout
    assert "Model Control Plane version 2, MLflow version 2, service version 1; run with --repair" in ill.stdout
    healed = doctor(door, "--repair")
    assert healed.exit_code == 0, healed.output
    assert standing(store) == Standing(production=1, champion=1, target=1)


def test_a_better_version_is_promoted_after_a_killed_attempt_and_the_running_service_changes_over(
    better, deploy, store, door
):
    leave_killed("production")  # which the next deployment undoes before it nominates
    process = Client().list_deployments(name=NAME, hydrate=True).items[0].deployment_metadata["pid"]
    assert "Version 2 is in production." in deploy()
    assert standing(store) == Standing(production=2, champion=2, target=2)
    assert stages() == {1: "archived", 2: "production"}
    assert ask()["model_version"] == 2
    assert Client().list_deployments(name=NAME, hydrate=True).items[0].deployment_metadata["pid"] == process
    history = door("--set", f"model_name={NAME}", "models", "--history").stdout
    assert "undone" in history
    assert doctor(door).exit_code == 0


def test_a_worse_version_is_refused_and_nothing_changes(better, deploy, store):
    before = standing(store)
    assert before.production == 2
    told = deploy("--candidate", "1")
    assert "Version 1 was refused; nothing was changed." in told
    assert standing(store) == before
    assert ask()["model_version"] == 2


def test_a_rollback_brings_the_version_before_back(better, store, door):
    result = door("--set", f"model_name={NAME}", "rollback")
    assert result.exit_code == 0, result.output
    assert "Version 1 is back in production." in result.stdout
    assert standing(store) == Standing(production=1, champion=1, target=1)
    assert ask()["model_version"] == 1
    assert doctor(door).exit_code == 0
    row = ledger.history(store, NAME)[0]
    assert (row.kind, row.from_version, row.to_version, row.status) == ("rollback", 2, 1, "done")


def test_a_service_that_died_is_found_and_started_again(better, store, door):
    process = Client().list_deployments(name=NAME, hydrate=True).items[0].deployment_metadata["pid"]
    os.kill(process, signal.SIGKILL)
    assert "does not answer; run with --repair" in doctor(door).stdout
    healed = doctor(door, "--repair")
    assert healed.exit_code == 0, healed.output
    assert ask()["model_version"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pipeline", "deployment", "--candidate", "77"], "has no version '77'"),
        (["rollback", "--to", "77"], "has no version 77; `python run.py models` lists them."),
        (["rollback", "--to", "1"], "Version 1 is in production already; name another with --to."),
        (["models", "--archive", "1"], "Version 1 is served; bring another into production first, or roll back."),
        (["models", "--archive", "77"], "has no version 77"),
    ],
)
def test_a_call_that_cannot_work_ends_in_one_line(better, refused, options, message):
    assert message in refused("--set", f"model_name={NAME}", *options, code=2)


def test_a_version_is_retired(better, store, door):
    result = door("--set", f"model_name={NAME}", "models", "--archive", "2")
    assert result.exit_code == 0, result.output
    assert stages()[2] == "archived"


def test_a_service_with_nothing_to_serve_is_stopped(better, store):
    where = address()
    LiveService(load_settings(assignments=DEPLOYMENT), store, None).take_down()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{where}/health")
