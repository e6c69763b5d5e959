"""Runs that cannot end well, and runs that end well although something is broken: one line, and nothing lost."""

import errno
import random
import sqlite3

import pyarrow as pa
import pytest
from zenml.client import Client

from stacks.versions import list_versions
from tagstack.storage import LocalFileSystem

TOPICS = {
    "c#": "LINQ query over a list of objects",
    "python": "comprehension over a dictionary",
    "sql": "join of tables",
}
WORDS = ("apple", "birch", "cedar", "daisy", "elder", "fern", "grape", "holly", "iris")
SMALL = [
    *("contract.max_bad_share=0.2", "labels.min_support=2", "model.head=logistic", "evaluation.bootstrap_samples=5"),
    *("policy.floors.micro_f1=1.0", "evaluation.baselines=[popularity]"),
]


def question(number, **row):
    """A question of a day of its own, unlike the others; of every fourth the tag is wrong, so no model is perfect."""
    topic, tag = (list(TOPICS)[at % 3] for at in (number, number + (number % 4 == 0)))
    words = " ".join(random.Random(number).choices(WORDS, k=12))
    usual = {"Title": f"{TOPICS[topic]} {number}", "Body": f"<p>My {words} {number} fails.</p>", "Tags": f"<{tag}>"}
    return {"Id": number, "CreationDate": f"2024-0{1 + number // 28}-{1 + number % 28:02}T10:00:00.000", **usual, **row}


def arguments(url, *assignments):
    chosen = [part for assignment in (*SMALL, *assignments) for part in ("--set", assignment)]
    return ["--pipeline", "training", "--database-url", url, *chosen]


def last_run():
    newest = Client().list_pipeline_runs(pipeline="training", sort_by="desc:created", size=1).items[0]
    return Client().get_pipeline_run(newest.id)


@pytest.fixture(autouse=True)
def _nothing_is_registered(local_stack):
    before = [version.number for version in list_versions("tagstack")]
    yield
    assert [version.number for version in list_versions("tagstack")] == before


def test_one_tag_only_cannot_be_learnt(refused, make_posts):
    url = make_posts([question(number, Tags="<c#>") for number in range(1, 40)])
    line = refused(*arguments(url), code=1)
    assert "Only 1 of 1 tags (c#) can be learnt from " in line
    assert "a model needs two tags: widen the window or lower labels.min_support." in line
    assert last_run().status == "failed"


def test_rows_that_are_all_broken_stop_the_run_with_rule_and_examples(refused, make_posts):
    url = make_posts([question(number, Tags="no tags at all") for number in range(1, 20)])
    line = refused(*arguments(url), code=1)
    assert "100.0% of 19 questions break the contract" in line
    assert "rule tags_well_formed of column raw_tags" in line
    assert "post_id 1, 2, 3" in line


def test_a_handle_that_leads_nowhere_is_named(refused, make_posts, tmp_path):
    url = make_posts([question(number) for number in range(1, 40)])
    line = refused(*arguments(url, f"encoder.handle={tmp_path}/absent"), code=1)
    assert f"Cannot load the encoder '{tmp_path}/absent'" in line
    assert "Set encoder.handle to `offline`" in line


class FullDisk(LocalFileSystem):
    """A disk without room."""

    def open(self, path, mode="r"):
        if "w" in mode:
            raise OSError(errno.ENOSPC, "No space left on device", path)
        return super().open(path, mode)


def test_a_full_disk_under_the_caches_ends_the_run_and_the_next_one_succeeds(
    refused, door, make_posts, tmp_path, monkeypatch
):
    url = make_posts([question(number) for number in range(1, 60)])
    folders = {"steps.collect": "question cache", "steps.embed": "vector cache"}
    for module, name in folders.items():
        with monkeypatch.context() as patch:
            patch.setattr(f"{module}.shared_folder", lambda name: (FullDisk(), str(tmp_path / name)))
            line = refused(*arguments(url), code=1)
        assert f"Cannot write the {name} " in line
        assert "No space left on device; " in line
        assert last_run().status == "failed"
    assert door(*arguments(url)).exit_code == 0


@pytest.fixture
def damaged_encoder():
    """The encoder's folder as a process that was killed while writing it would leave it."""
    from tagstack.encoder.offline import offline_folder

    [variables] = offline_folder().glob("variables/variables.data*")
    whole = variables.read_bytes()
    variables.write_bytes(whole[: len(whole) // 2])
    variables.parent.parent.joinpath("saved_model.pb").unlink()
    yield variables
    assert len(variables.read_bytes()) == len(whole)


def test_huge_and_broken_bodies_are_set_aside_and_a_half_written_encoder_is_built_again(
    door, make_posts, tmp_path, damaged_encoder
):
    rows = [question(number) for number in range(1, 80)]
    rows += [
        question(80, Body="<p>" + "A huge body &amp; more. " * 220_000 + "</p>"),
        question(81, Body="<p>" + "A larger one. " * 500_000 + "</p>"),
        question(82, Body="<p>NUL \0 bytes</p>"),
        question(83),
        question(84),
    ]
    url = make_posts(rows)
    connection = sqlite3.connect(tmp_path / "posts.db")
    with connection:
        connection.execute("UPDATE Posts SET Body = CAST(X'3C703E636166E93C2F703E' AS TEXT) WHERE Id = 83")
        connection.execute("UPDATE Posts SET Title = CAST(X'C3' AS TEXT) WHERE Id = 84")
    connection.close()
    result = door(*arguments(url, "contract.max_body_characters=6_000_000"))
    assert result.exit_code == 0, result.output
    assert "Refused: " in result.stdout
    steps = last_run().steps
    aside = steps["validate"].regular_outputs["quarantine"].load().arrow().to_pylist()
    assert sorted((row["post_id"], row["rule"], row["detail"]) for row in aside) == [
        (81, "body_length", "7000007 characters, at most 6000000"),
        (82, "readable", "body"),
        (83, "readable", "body"),
        (84, "readable", "title"),
    ]
    documents = steps["prepare"].regular_outputs["documents"].load().arrow()
    huge = documents.filter(pa.compute.equal(documents["post_id"], 80)).to_pylist()[0]
    assert len(huge["text"]) <= 20_000
    assert damaged_encoder.with_name("variables.index").exists()
