"""The backfill on real steps: training finds every text afterwards, and what a failed run did is kept."""

import random
from pathlib import Path

import pytest
from zenml.client import Client
from zenml.enums import StackComponentType

from stacks.shared_folder import shared_folder
from steps import encode_shard as step_module
from tagstack.config import EncoderSettings
from tagstack.encoder import VectorCache, encoder_fingerprint
from tagstack.errors import StorageError

TOPICS = {"c#": "LINQ query over a list", "python": "comprehension over a dictionary", "sql": "join of tables"}
WORDS = ("apple", "birch", "cedar", "daisy", "elder", "fern", "grape", "holly", "iris")
SETTINGS = ["contract.max_bad_share=0.2", "labels.min_support=2", "model.head=logistic", "policy.floors.micro_f1=1.0"]
SETTINGS += ["evaluation.bootstrap_samples=5", "evaluation.baselines=[popularity]"]
CELL = 1100
"""Ids so far apart that each question may be in a shard of its own."""


def question(number, seed):
    """A question of a day of its own; of every fourth the tag is wrong, so that no model is perfect, nor registered."""
    topic, tag = (list(TOPICS)[at % 3] for at in (number, number + (number % 4 == 0)))
    words = " ".join(random.Random(seed * 1000 + number).choices(WORDS, k=12))
    day = f"2024-0{1 + number // 28}-{1 + number % 28:02}T10:00:00.000"
    body = f"<p>My {words} {number} fails.</p><pre><code>x = {number}</code></pre>"
    return {
        "Id": number * CELL,
        "CreationDate": day,
        "Title": f"{TOPICS[topic]} {seed} {number}",
        "Body": body,
        "Tags": f"<{tag}>",
    }


@pytest.fixture
def history(make_posts):
    """Write questions that no other test has; return the arguments for them."""

    def make(seed, count=40):
        url = make_posts([question(number, seed) for number in range(1, count)])
        return ["--stack", "local", "--database-url", url, *(part for one in SETTINGS for part in ("--set", one))]

    return make


def vectors():
    """Count what the cache of the artifact store holds."""
    cache = VectorCache(*shared_folder("vectors"), encoder_fingerprint(EncoderSettings()))
    return sum(map(len, cache.keys()))


def last_run():
    newest = Client().list_pipeline_runs(pipeline="backfill", sort_by="desc:created", size=1).items[0]
    return Client().get_pipeline_run(newest.id)


def test_training_encodes_no_text_after_a_backfill(door, history):
    arguments, before = history(seed=1), vectors()
    filled = door(*arguments, "--pipeline", "backfill", "--shards", "2")
    assert filled.exit_code == 0, filled.output
    line = filled.stdout.splitlines()[-1]
    assert line.startswith("39 questions in 2 shards: 78 texts, 0 found in the cache, 78 encoded in ")
    assert vectors() == before + 78
    trained = door(*arguments, "--pipeline", "training")
    assert trained.exit_code == 0, trained.output
    assert vectors() == before + 78

    report = last_run().steps["summarise"].regular_outputs["backfill_report"]
    assert report.run_metadata["texts"] == 78
    files = [file for file in Path(Client().active_stack.artifact_store.path).rglob("*") if file.is_file()]
    assert not [file for file in files if file.suffix in {".pkl", ".pickle"}]
    page = Path(report.uri, "report.html").read_text()
    assert "Found in the cache" in page
    assert "<script" not in page


def test_a_shard_that_fails_leaves_the_others_to_their_work(refused, door, history, monkeypatch):
    arguments = [*history(seed=2, count=20), "--pipeline", "backfill", "--shards", "2"]
    work = step_module.work.encode_shard

    def fail_first(shard, *given, **named):
        if shard.number == 1:
            raise StorageError("The disk is full.")
        return work(shard, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(step_module.work, "encode_shard", fail_first)
        line = refused(*arguments, code=1)
    assert line == "Error: The disk is full. 1 of 2 shards are finished; the same command goes on from there."
    assert last_run().status == "failed"
    again = door(*arguments)
    assert again.exit_code == 0, again.output
    assert "38 texts, 20 found in the cache, 18 encoded" in again.stdout


@pytest.fixture(scope="module")
def airflow(local_stack):
    """A stack whose orchestrator cannot run dynamic pipelines; its libraries are not installed."""
    client = Client()
    orchestrator = client.create_stack_component(
        name="airflow", flavor="airflow", component_type=StackComponentType.ORCHESTRATOR, configuration={}
    )
    parts = {kind: part[0].id for kind, part in local_stack.components.items()}
    return client.create_stack("pipes", parts | {StackComponentType.ORCHESTRATOR: orchestrator.id}).name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--shards", "0"), "0 is no number of shards; choose one from 1 to 1000, as `--shards 8`."),
        (("--shards", "1001"), "1001 is no number of shards"),
        (("--since", "1999-01-01", "--until", "1999-02-01"), "choose since and until within."),
        (("--database-url", "sqlite:////nowhere/posts.db"), "The database file /nowhere/posts.db does not exist"),
        (("--set", "encoder.cache=false"), "encoder.cache is off, so there is no cache to fill"),
    ],
)
def test_a_call_that_cannot_work_is_one_line_that_says_what_to_do(refused, history, given, said):
    assert said in refused(*history(seed=3, count=3), "--pipeline", "backfill", *given, code=2)


def test_a_stack_without_dynamic_pipelines_is_refused(refused, history, airflow):
    line = refused(*history(seed=3, count=3), "--pipeline", "backfill", "--stack", airflow, code=2)
    assert line.startswith("Error: Stack 'pipes' cannot run the backfill: its orchestrator airflow knows no dynamic")


def test_shards_belong_to_the_backfill(door):
    result = door("--pipeline", "training", "--shards", "2")
    assert result.exit_code == 2
    assert "--shards belongs to --pipeline backfill." in result.stderr
