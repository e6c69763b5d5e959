"""The report, and what a lab that is kept knows of its earlier parts."""

from dataclasses import replace

import pytest

from lab import report
from lab.client import Outcome
from lab.clouds.recording import Sent
from lab.containers import Image
from lab.faults import FaultOutcome
from lab.runs import StackRun
from lab.shards import Backfill

CARD = {"headline": dict.fromkeys(report.SCORES, 0.5), "embeddings": "e1", "model": "m1"}
STEPS = {"train": {"status": "completed", "seconds": 20.0, "error": None}}
TOLD = {"code": 0, "seconds": 61.0, "error": "", "out": ""}
FACTS = {
    "steps": STEPS,
    "scorecard": CARD,
    "python": "3.11.2",
    "artifacts": {"model": {"uri": "s3://tagstack-docker/a"}},
}
RUN = StackRun("docker", TOLD, TOLD, FACTS, {"steps": {"train": {"status": "cached"}}}, {"train": "1000:1000"})


@pytest.fixture
def record():
    return report.Record(
        "abc", {"s3": 7.0}, {"docker": RUN}, {"docker": {"drift": "30 s: no drift"}}, {"gcp": {"drift": Sent("drift")}},
        {"S3 down": FaultOutcome("S3 down", "server", 1, "Error: S3 | gone", 9.0, 0, 5, ())},
        {1: Backfill(1, Outcome(0, "", "", 50.0), {"encoded": 7, "shard_seconds": 4.0}, (0, 1))},
        [Image("zenml:a", 2_450_000_000, "1000:1000")], seconds=600.0, parts=2,
    )  # fmt: skip


def test_what_was_seen_comes_back_with_the_commits_it_was_seen_of(record, tmp_path):
    report.save(record, tmp_path / "record.json")
    assert report.load(tmp_path / "record.json", "abc") == record
    later = report.load(tmp_path / "record.json", "abd")
    assert (later.commit, later.runs) == ("abc, abd", record.runs)
    assert report.load(tmp_path / "none.json", "abc").commit == "abc"


def test_a_stack_that_failed_is_tried_again(record, tmp_path):
    record.runs["ssh"] = replace(RUN, stack="ssh", missing="no host")
    report.save(record, tmp_path / "record.json")
    assert set(report.load(tmp_path / "record.json", "abc").runs) == {"docker"}


@pytest.mark.parametrize(
    "line",
    [
        "10 minutes on ",
        "| docker | 61 s | 61 s, 1 of 1 cached | 0.500000 | 0.500000 | 0.500000 | 0.500000 | `e1` | `m1` |",
        "| train | container, 1000:1000, 20.0 s |",
        "| docker | drift | 30 s: no drift |",
        "| S3 down | server | exit code 1 | 9 | S3 \\| gone | done, 5 steps cached | nothing |",
        "| 1 | 7 | 50 | 4.0 | 1.00 |",
        "| zenml:a | 2.45 | 1000:1000 |",
        ", in 2 parts on servers that were kept.",
    ],
)
def test_the_report_has_everything(record, tmp_path, line):
    report.write(record, tmp_path / "lab.md")
    assert line in (tmp_path / "lab.md").read_text()
